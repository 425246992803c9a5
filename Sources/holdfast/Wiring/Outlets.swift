import EdgeCodecs
import EdgeCore
import EdgeDelivery
import EdgeModel
import EdgeNetwork
import EdgeStore
import EdgeSync
import HubbleDialect

/// What goes out, and what works on packets once they are stored: webhooks, codecs, upstreams.
struct Outlets {
    let deliveries: DeliveryService
    let engine: CodecEngine
    let decodings: DecodingService
    let upstreams: UpstreamBoard

    init(_ ground: Foundations, _ reception: Reception) {
        let (store, logger) = (ground.store, ground.logger)
        deliveries = DeliveryService(
            store: store,
            options: DeliveryOptions(
                rule: ground.configuration.destinations,
                render: { HubbleDialect.deliveryBody($0, shape: $1) },
                renderEvents: { HubbleDialect.eventBody($0) }, trial: HubbleDialect.trialBody),
            logger: logger)
        engine = CodecEngine(logger: logger)
        decodings = DecodingService(store: store, engine: engine, logger: logger)
        upstreams = UpstreamBoard()
    }

    /// What the upstreams bring down goes to the core's credentials and to the network server.
    func makeSync(_ ground: Foundations, _ reception: Reception, _ core: EdgeCore) -> SyncService {
        SyncService(
            store: ground.store, options: syncOptions(ground, reception, core), logger: ground.logger)
    }

    private func syncOptions(_ ground: Foundations, _ reception: Reception, _ core: EdgeCore) -> SyncOptions {
        let (keeper, queue, link) = (ground.keeper, reception.queue, reception.link)
        let authenticator = core.authenticator
        var options = SyncOptions(
            version: Version.current, board: upstreams, radios: reception.board,
            registryChanged: { queue.wake() })
        options.began = keeper.clock.now().monotonic
        options.sessionsShared = { devices in for device in devices { link.offer(.shared(device)) } }
        options.settingsTaken = { authenticator.take($0.changes, in: $1) }
        options.bytesPerSecond = ground.configuration.upstreamBytesPerSecond
        options.timeTold = { time, instant in
            let hadNone = keeper.clock.quality == .none
            // What waits for a time is then looked at.
            if keeper.learn(time, at: instant, from: .central), hadNone { queue.wake() }
        }
        return options
    }

    /// The core that every dialect calls.
    func makeCore(_ ground: Foundations, _ reception: Reception, isDemo: Bool) async throws -> EdgeCore {
        let queue = reception.queue
        return try await EdgeCore(
            store: ground.store, board: reception.board, outcomes: reception.outcomes,
            delivery: WebhookDelivery(ground.configuration.destinations, deliveries),
            network: NetworkControl(reception.network, reception.link),
            codecs: CodecRunner(engine, ground.store), tariff: ground.configuration.tariff,
            emails: isDemo ? .demonstration : .standard, keeper: ground.keeper,
            upstream: .network(board: upstreams, clock: ground.clock, version: Version.current),
            letters: ground.configuration.letters, registryChanged: { queue.wake() })
    }
}
