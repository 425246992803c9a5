import EdgeModel
import EdgeNetwork
import EdgeStore
import GatewayTestSupport
import LoRaNetwork
import LoRaWAN
import ServiceLifecycle
import Synchronization
import Testing

/// The network server over a store of its own, with a clock that the test moves; what it hands to
/// gateways is kept.
struct NetworkFixture {
    let store: StoreFixture
    let link: NetworkLink
    let service: NetworkService
    let sent: Sent

    final class Sent: Sendable {
        private let downlinks = Mutex<[RadioDownlink]>([])
        var all: [RadioDownlink] { downlinks.withLock { $0 } }
        func add(_ downlink: RadioDownlink) { downlinks.withLock { $0.append(downlink) } }
    }

    static let gateway = EUI64(rawValue: 0xAA55_5A00_0000_0001)
    static let devAddr = DevAddr(rawValue: 0x2601_1BDA)
    static let keys = SessionKeys(nwkSKey: AESKey(0..<16)!, appSKey: AESKey(16..<32)!)

    static func with(_ body: (NetworkFixture) async throws -> Void) async throws {
        try await StoreFixture.with { store in
            let link = NetworkLink {}
            let sent = Sent()
            let service = NetworkService(
                store: store.store, link: link, region: .eu868, transmit: { sent.add($0) },
                logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: service, serviceName: "network")], logger: StoreFixture.quiet))
            async let running: Void = group.run()
            try await body(NetworkFixture(store: store, link: link, service: service, sent: sent))
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    /// A device that was personalised with `keys`.
    func register() async throws -> RegisteredDevice {
        try await store.register(1, platform: .lorawan) {
            $0.lorawan = LoRaWANProvisioning(
                session: LoRaWANPersonalisation(
                    devAddr: Self.devAddr.rawValue, version: .v10,
                    networkSessionKey: SecretBytes(Array(0..<16)),
                    applicationSessionKey: SecretBytes(Array(16..<32)), allowsCounterReset: false))
        }
    }

    static func sighting(_ frame: [UInt8], at time: ClockReading) -> Sighting {
        Sighting(
            gateway: GatewayID(forwarder: gateway), receivedAt: time, rssi: RSSI(dBm: -80),
            frame: .lorawan(
                phyPayload: frame,
                LoRaReception(
                    frequency: 868_100_000, dataRate: "SF7BW125", snr: 5, counterMicroseconds: 1_000_000)))
    }

    static func frame(_ counter: UInt32, isConfirmed: Bool = true) throws -> DataFrame {
        try PlainFrame(
            devAddr: devAddr, isConfirmed: isConfirmed, counter: FrameCounter(rawValue: counter), fPort: 1,
            payload: [1, 2]
        ).sealUplink(keys: keys)
    }

    /// An uplink is heard and recorded; then the time passes in which copies are waited for.
    func uplink(_ counter: UInt32, of device: RegisteredDevice, isConfirmed: Bool = true) throws {
        var table = SessionTable<DeviceHandle>()
        table.insert(UplinkSession(devAddr: Self.devAddr, keys: Self.keys), for: device.handle)
        let frame = try Self.frame(counter, isConfirmed: isConfirmed)
        guard case .authenticated(let handle, let id, .accepted(let opened)) = table.receive(frame),
            let state = table[device: handle]
        else { throw EdgeError.invalid("the frame is not the device's") }
        let heard = HeardFrame(
            .uplink(handle, id, opened, state, isRepetition: false),
            of: Self.sighting(frame.bytes, at: store.clock.now))
        link.offer([try #require(heard)])
        store.clock.advance(by: .milliseconds(300))
    }

    func queue(_ name: String, for device: RegisteredDevice, isConfirmed: Bool = false) async throws
        -> Downlink
    {
        let downlink = Downlink(
            id: DownlinkID(name), device: device.device.id, fPort: 5, payload: [9], isConfirmed: isConfirmed,
            priority: 0, lifetime: nil, createdAt: store.store.bootMoment(),
            progress: Downlink.Progress(state: .queued, changedAt: store.clock.now.wall))
        _ = try await store.store.enqueue(downlink, in: StoreFixture.organization, audit: Self.note(store))
        link.offer(.queued(downlink, device.handle))
        return downlink
    }

    static func note(_ store: StoreFixture) -> AuditNote {
        AuditNote(.downlinkQueue, by: .gateway, at: store.clock.now.wall, in: StoreFixture.organization)
    }

    /// A downlink as its owner sees it.
    func shown(_ downlink: Downlink) async throws -> Downlink.Progress? {
        try await store.store.downlink(downlink.id, of: downlink.device, in: StoreFixture.organization)?
            .progress
    }

    func lines() async throws -> [LoggedFrame] {
        try await store.store.loggedFrames(
            LoggedFrameQuery(organization: StoreFixture.organization, limit: 100))
    }

    /// Whether so many downlinks have been handed over; the clock stands still.
    func hasSent(_ count: Int) async throws -> Bool {
        try await eventually(advancing: .zero) { sent.all.count == count }
    }

    /// Until it holds, ten seconds at most; the clock moves on, as commits need it.
    func eventually(
        advancing step: Duration = .milliseconds(20), _ condition: () async throws -> Bool
    ) async throws -> Bool {
        for _ in 0..<500 {
            if try await condition() { return true }
            store.clock.advance(by: step)
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await condition()
    }

    /// From now on no session can be written, until `unblock`.
    func block() throws {
        try store.sql(
            """
            CREATE TRIGGER blocked BEFORE INSERT ON lorawanSession
            BEGIN SELECT RAISE(ABORT, 'blocked'); END
            """)
    }

    func unblock() throws { try store.sql("DROP TRIGGER blocked") }
}
