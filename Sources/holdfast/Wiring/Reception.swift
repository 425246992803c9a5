import EdgeIngest
import EdgeModel
import EdgeNetwork
import EdgeRadio

/// What comes in and how: radios, the network server, the pipeline into the store.
struct Reception {
    /// Stands between radios that must not wait and a disk that may be slow.
    let queue: SightingQueue
    let board = GatewayBoard()
    let outcomes = UploadOutcomes()
    let health = IngestHealth()
    /// What the network server decides about sessions is for the pipeline to look at.
    let link: NetworkLink
    /// Nil when LoRa is off.
    let forwarders: PacketForwarderService?
    let network: NetworkService
    let pipeline: IngestPipeline
    let scanner: HCIScannerService

    /// Binds the forwarders' port, so that a port in use is said before anything runs.
    init(_ ground: Foundations, simulatedController: String?) async throws {
        let (configuration, logger) = (ground.configuration, ground.logger)
        let queue = SightingQueue(capacity: configuration.queueCapacity)
        let link = NetworkLink { queue.wake() }
        self.queue = queue
        self.link = link
        let forwarders = try await Self.bind(ground, queue, board, link)
        self.forwarders = forwarders
        network = NetworkService(
            store: ground.store, link: link, region: configuration.ingest.region,
            commitInterval: configuration.ingest.commitInterval,
            transmit: { downlink in
                guard let forwarders else {
                    return link.offer(
                        .answered(DownlinkAnswer(reference: downlink.reference, outcome: .unreachable)))
                }
                forwarders.transmitter.send(downlink)
            }, logger: logger)
        pipeline = IngestPipeline(
            queue: queue, store: ground.store, options: configuration.ingest, health: health,
            outcomes: outcomes, link: link, logger: logger)
        scanner = HCIScannerService(
            selection: simulatedController.map { .sources([.h4(.unix(path: $0))]) }
                ?? configuration.bluetooth,
            queue: queue, board: board, clock: ground.clock, logger: logger,
            hostName: configuration.hostName)
    }

    private static func bind(
        _ ground: Foundations, _ queue: SightingQueue, _ board: GatewayBoard, _ link: NetworkLink
    ) async throws -> PacketForwarderService? {
        guard let options = ground.configuration.forwarders else { return nil }
        return try await PacketForwarderService.bind(
            options, queue: queue, board: board, clock: ground.clock, keeper: ground.keeper,
            answered: { link.offer(.answered($0)) }, logger: ground.logger)
    }
}
