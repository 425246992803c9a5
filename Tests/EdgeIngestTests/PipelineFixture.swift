import EdgeIngest
import EdgeModel
import EdgeStore
import GatewayTestSupport
import HubbleAdvertising
import LoRaWAN
import Logging
import ServiceLifecycle
import Testing

/// A pipeline over a store of its own, with a clock that the test moves.
struct PipelineFixture {
    let store: StoreFixture
    let queue: SightingQueue
    let health: IngestHealth
    let outcomes: UploadOutcomes

    static func with(
        clock: ManualClock = ManualClock(), options: IngestOptions = IngestOptions(),
        outcomes: UploadOutcomes = UploadOutcomes(),
        before: (StoreFixture) async throws -> Void = { _ in },
        _ body: (PipelineFixture) async throws -> Void
    ) async throws {
        try await StoreFixture.with(clock: clock) { store in
            try await before(store)
            let fixture = PipelineFixture(
                store: store, queue: SightingQueue(capacity: 10_000), health: IngestHealth(),
                outcomes: outcomes)
            let pipeline = IngestPipeline(
                queue: fixture.queue, store: store.store, options: options, health: fixture.health,
                outcomes: outcomes, logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: pipeline, serviceName: "pipeline")], logger: StoreFixture.quiet)
            )
            async let running: Void = group.run()
            try await body(fixture)
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    var now: ClockReading { store.clock.now }

    /// Hubble service data heard now.
    func hear(_ serviceData: [UInt8], gateway: String = "gw-1", rssi: Int = -60) {
        queue.offer(
            Sighting(
                gateway: GatewayID(gateway), receivedAt: now, rssi: RSSI(dBm: rssi),
                frame: .hubble(serviceData: serviceData)))
    }

    /// A LoRaWAN frame heard now.
    func hear(lorawan frame: [UInt8], gateway: String = "lora-1", frequency: UInt32 = 868_100_000) {
        queue.offer(
            Sighting(
                gateway: GatewayID(gateway), receivedAt: now, rssi: RSSI(dBm: -80),
                frame: .lorawan(
                    phyPayload: frame,
                    LoRaReception(frequency: frequency, dataRate: "SF7BW125", snr: 5, counterMicroseconds: 1))
            ))
    }

    /// Waits until the store has this many packets, twenty seconds at most; returns what it has.
    func packets(_ count: Int) async throws -> [PacketEntry] {
        for _ in 0..<1_000 {
            let entries = try await store.allPackets()
            if entries.count >= count { return entries }
            queue.wake()
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await store.allPackets()
    }

    /// Whether it comes true within twenty seconds.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<1_000 {
            if try await condition() { return true }
            queue.wake()
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await condition()
    }

    /// Returns once everything offered so far went through and is written, and the pipeline has gone round
    /// once more. An upload is taken at the beginning of a round: the first may be of the round that is under
    /// way, the second of the one that takes what was offered, the third comes after that.
    func settle() async throws {
        for number in 1...3 {
            let name = UploadName(
                gateway: GatewayID("settling"), batchID: UniqueID.random().description)
            // No service data is that short: nothing is kept of it.
            let sighting = ForeignSighting(
                serviceData: [0], rssi: nil, heardAt: now.wall, clockQuality: .saved)
            let batch = UploadBatch(
                name: name, organization: StoreFixture.organization, sightings: [sighting], rejections: [:])
            let taken = try await outcomes.sequences(of: name, within: .seconds(60)) {
                _ = try await store.store.spool(batch, at: now)
                queue.wake()
            }
            try #require(taken == [nil], "round \(number)")
        }
    }
}

/// Frames as devices make them.
enum Frames {
    static let key = SecretBytes(Array(0..<32))
    static let shortKey = SecretBytes(Array(100..<116))

    static func counterMode(_ payload: String, key: SecretBytes = key, counter: Int64, sequence: UInt16)
        throws -> [UInt8]
    {
        try CounterModePacket.seal(
            Array(payload.utf8), sequenceNumber: SequenceNumber(rawValue: sequence)!,
            key: DeviceKey(key.bytes)!, at: TimeCounter(rawValue: UInt32(counter))
        ).bytes
    }

    static let devAddr: UInt32 = 0x2601_1BDA
    static let session = LoRaWANPersonalisation(
        devAddr: devAddr, version: .v10, networkSessionKey: SecretBytes(Array(0..<16)),
        applicationSessionKey: SecretBytes(Array(16..<32)), allowsCounterReset: false)

    static func uplink(_ payload: String, counter: UInt32, fPort: UInt8 = 1) throws -> [UInt8] {
        let keys = LoRaWAN.SessionKeys(nwkSKey: AESKey(0..<16)!, appSKey: AESKey(16..<32)!)
        return try PlainFrame(
            devAddr: DevAddr(rawValue: devAddr), counter: FrameCounter(rawValue: counter), fPort: fPort,
            payload: Array(payload.utf8)
        ).sealUplink(keys: keys).bytes
    }
}
