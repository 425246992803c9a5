import EdgeModel
import EdgeStore

/// The packets of a demonstration: 600 on the day that the reference's examples ask for, which is
/// more than one page of 500, and 923 of the last seven days, which metrics show.
struct DemoPackets: Sendable {
    static let device = DeviceID("device-uuid-1")
    private static let gateway = GatewayID("gateway-abc123")

    private static let documented = 600
    private static let recent = 923
    private static let week = Duration.seconds(7 * 86_400)

    let store: Store

    func write() async throws {
        let devices = try await store.registryChanges(after: 0, limit: 10).devices
        guard let handle = devices.first(where: { $0.device.id == Self.device })?.handle else {
            throw EdgeError(.internal, "the demo data has no device")
        }
        let now = store.clock.now().wall
        var times = (0..<Self.documented).map { minute in
            DemoData.Moment.created.advanced(byMicroseconds: Int64(minute) * 60_000_000)
        }
        // A clock that is not set yet has no last week.
        if store.clock.quality(of: now) != .none {
            let step = Self.week.microseconds / Int64(Self.recent)
            times += (0..<Self.recent).reversed().map {
                now.advanced(byMicroseconds: -Int64($0) * step)
            }
        }
        var batch = IngestBatch()
        batch.packets = times.enumerated().map { packet(number: $0, at: $1, of: handle) }
        _ = try await store.record(batch)
    }

    private func packet(number: Int, at time: Timestamp, of device: DeviceHandle) -> NewPacket {
        let sequence = 1_234 + UInt32(number)
        let location = Location(latitude: 37.7749, longitude: -122.4194, accuracy: 50)
        return NewPacket(
            id: PacketIdentity.lorawan(device: Self.device, devAddr: 0, frameCounter: sequence, mic: 0),
            device: device, platform: .lorawan, protection: .decrypted,
            payload: Array("Hello World".utf8), counter: nil, sequenceNumber: sequence, fPort: 1,
            receivedAt: ClockReading(wall: time, monotonic: store.clock.now().monotonic),
            clockQuality: .saved,
            receptions: [
                Reception(
                    gateway: Self.gateway, firstAt: time, lastAt: time, count: 1, rssi: RSSI(dBm: -95),
                    snr: 8.5, frequency: 868_100_000, dataRate: "SF7BW125", location: location)
            ])
    }
}
