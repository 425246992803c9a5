import EdgeModel
import EdgeStore
import GatewayTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@testable import EdgeNetwork

@Suite struct `a fleet that is heard at once` {
    /// More than is learnt, taken and kept unwritten at a time.
    private static let count: UInt32 = 1_100

    private func register(_ fixture: NetworkFixture) async throws -> [RegisteredDevice] {
        let now = fixture.store.clock.now.wall
        let before = fixture.store.store.registryRevision
        let devices = (1...Self.count).map { number in
            let devEUI = EUI64(rawValue: UInt64(number))
            var device = Device(
                id: DeviceID("device-\(number)"), organization: StoreFixture.organization,
                name: "Device \(number)", devEUI: devEUI, devEUISpelling: devEUI.description,
                platform: .lorawan, tags: [:], createdAt: now, updatedAt: now)
            device.lorawan = LoRaWANProvisioning(
                session: LoRaWANPersonalisation(
                    devAddr: number, version: .v10, networkSessionKey: SecretBytes(Array(0..<16)),
                    applicationSessionKey: SecretBytes(Array(16..<32)), allowsCounterReset: false))
            return device
        }
        _ = try await fixture.store.store.register(devices) { device, _ in device.id }
        return try await fixture.store.store.registryChanges(after: before, limit: Int(Self.count)).devices
    }

    private func heard(_ device: RegisteredDevice, at now: ClockReading) throws -> HeardFrame {
        let address = DevAddr(rawValue: try #require(device.device.lorawanSession).devAddr)
        let frame = try PlainFrame(
            devAddr: address, counter: FrameCounter(rawValue: 7), fPort: 1, payload: [1]
        ).sealUplink(keys: NetworkFixture.keys)
        var table = SessionTable<DeviceHandle>()
        table.insert(UplinkSession(devAddr: address, keys: NetworkFixture.keys), for: device.handle)
        guard case .authenticated(let handle, let id, .accepted(let opened)) = table.receive(frame),
            let state = table[device: handle]
        else { throw EdgeError.invalid("the frame is not the device's") }
        return try #require(
            HeardFrame(
                .uplink(handle, id, opened, state, isRepetition: false),
                of: NetworkFixture.sighting(frame.bytes, at: now)))
    }

    @Test func `is learnt, and written as soon as much waits, although no time passes`() async throws {
        try await NetworkFixture.with { fixture in
            let devices = try await register(fixture)
            let now = fixture.store.clock.now
            fixture.link.offer(try devices.map { try heard($0, at: now) })
            func stored() async throws -> Int {
                try await fixture.store.store.networkState(of: devices.map(\.handle))
                    .count { $0.value.sessions.first?.summary.frameCounterUp == 7 }
            }
            #expect(
                try await fixture.eventually(advancing: .zero) {
                    await fixture.service.known.count == Int(Self.count)
                })
            #expect(
                try await fixture.eventually(advancing: .zero) {
                    try await stored() >= NetworkChanges.sessionLimit
                })
            #expect(try await fixture.eventually { await fixture.service.changes.isEmpty })
            #expect(try await fixture.eventually { try await stored() == Int(Self.count) })
        }
    }
}
