import EdgeModel
import EdgeSync
import HubbleAdvertising
import Testing

@Suite struct HeardServiceDataTests {
    private static let time = Timestamp(seconds: 1_705_760_520)

    private static func device(_ key: [UInt8], exponent: Int? = nil) -> Device {
        var device = Device(
            id: DeviceID("device-1"), organization: OrganizationID("org-1"), name: "Tag",
            devEUI: EUI64(rawValue: 1), devEUISpelling: "1", platform: .ble, createdAt: time, updatedAt: time)
        device.key = SecretBytes(key)
        device.rotation.periodExponent = exponent
        return device
    }

    private static func packet(
        _ version: UInt8, counter: UInt32, reported: UInt32, number: UInt16, tag: UInt32, day: Int64?,
        payload: [UInt8]
    ) -> SyncPacket {
        let id = PacketIdentity.hubble(
            version: version, device: DeviceID("device-1"), counter: counter, sequenceNumber: number,
            tag: tag,
            day: day)
        return SyncPacket(
            sequence: 1, id: id, devEUI: EUI64(rawValue: 1), platform: .ble, protection: .decrypted,
            payload: payload, counter: reported, sequenceNumber: UInt32(number), fPort: nil, receivedAt: time,
            clockQuality: .synchronised, receptions: [])
    }

    @Test(arguments: [16, 32], [0, 1, 13])
    func `a counter mode packet is sealed to the same bytes`(keyLength: Int, length: Int) throws {
        let bytes = (0..<keyLength).map { UInt8($0 * 7) }
        let key = try #require(DeviceKey(bytes))
        let payload = (0..<length).map { UInt8($0) }
        for (counter, day) in [(UInt32(19_742), Int64?.none), (7, Self.time.day), (7, 0)] {
            let number = try #require(SequenceNumber(rawValue: 1_023))
            let heard = try CounterModePacket.seal(
                payload, sequenceNumber: number, key: key, at: TimeCounter(rawValue: counter))
            let kept = Self.packet(
                0, counter: counter, reported: counter, number: 1_023, tag: heard.tag.rawValue, day: day,
                payload: payload)
            #expect(HeardServiceData.of(kept, from: Self.device(bytes)) == heard.bytes)
        }
    }

    @Test(arguments: 0...15)
    func `an EAX packet is sealed to the same bytes, whatever is known of its period`(rawValue: UInt8) throws
    {
        let bytes = [UInt8](repeating: 9, count: 16)
        let (key, exponent) = (
            try #require(DeviceKey(bytes)), try #require(PeriodExponent(rawValue: rawValue))
        )
        let counter = exponent.counter(atPoolIndex: 101)
        let heard = try EAXPacket.seal([1, 2, 3], salt: 0xBEEF, key: key, at: counter, exponent: exponent)
        let kept = Self.packet(
            2, counter: counter.rawValue, reported: 101, number: 0xBEEF, tag: heard.tag.rawValue,
            day: Self.time.day, payload: [1, 2, 3])
        for known in [nil, Int(rawValue), 3] {
            #expect(HeardServiceData.of(kept, from: Self.device(bytes, exponent: known)) == heard.bytes)
        }
    }

    @Test func `nothing is made up for a device that has another key by now`() throws {
        let key = try #require(DeviceKey([UInt8](repeating: 1, count: 32)))
        let heard = try CounterModePacket.seal(
            [1], sequenceNumber: try #require(SequenceNumber(rawValue: 1)), key: key,
            at: TimeCounter(rawValue: 19_742))
        let kept = Self.packet(
            0, counter: 19_742, reported: 19_742, number: 1, tag: heard.tag.rawValue, day: nil, payload: [1])
        #expect(HeardServiceData.of(kept, from: Self.device([UInt8](repeating: 2, count: 32))) == nil)
        #expect(HeardServiceData.of(kept, from: Self.device([1, 2, 3])) == nil)
    }
}
