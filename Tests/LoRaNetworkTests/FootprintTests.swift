import LoRaWAN
import Testing

@testable import LoRaNetwork

/// There may be a hundred thousand devices: what each takes is counted.
@Suite struct `the memory of a device` {
    @Test func `is little beside its sessions`() {
        #expect(MemoryLayout<DeviceState?>.stride <= 184)
        #expect(MemoryLayout<DeviceSession>.stride <= 208)
        #expect(MemoryLayout<UplinkSession>.stride <= 72)
    }

    @Test func `a long array grows by an eighth`() {
        var numbers: [Int] = []
        for number in 0..<20_000 {
            numbers.appendInSteps(number)
            #expect(numbers.capacity <= number + number / 8 + 16)
        }
        #expect(numbers == Array(0..<20_000))
    }

    @Test func `devices with the same channels have them in one place`() throws {
        var settings = DeviceSettings(region: .eu868)
        settings.extraChannels = [867_100_000, 867_300_000]
        var server = NetworkServer<Int>()
        for device in 0..<3 {
            let session = DeviceSession(
                personalized: DevAddr(rawValue: UInt32(device)), keys: try keysV10(), settings: settings)
            let stored = try DeviceSession(decoding: session.encoded())
            #expect(stored == session)
            _ = server.handle(
                .configure(
                    device, DeviceConfiguration(devEUI: nil, settings: settings, sessions: [stored])),
                at: NetworkInstant(nanoseconds: 0))
        }
        let places = (0..<3).compactMap { device in
            server.sessions(of: device).first?.radio.channels.withUnsafeBufferPointer(\.baseAddress)
        }
        #expect(places.count == 3)
        #expect(Set(places).count == 1)
    }

    @Test func `one that changes its channels leaves the others theirs`() throws {
        var shared = SharedChannels()
        var (one, other) = (
            RadioState(region: .eu868, version: .v103), RadioState(region: .eu868, version: .v103)
        )
        for _ in 0..<2 * SharedChannels.limit {
            one.add([867_100_000])
            shared.share(&one)
        }
        shared.share(&other)
        one.channels[0].downlinkFrequency = 1
        #expect(other.channels[0].downlinkFrequency == 0)
        #expect(other.channels.count == 3)
    }
}
