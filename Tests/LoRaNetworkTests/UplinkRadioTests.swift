import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@Suite struct `A 1.1 MIC covers data rate and channel` {
    struct Row: CustomTestStringConvertible {
        var region: Region?
        var frequency: UInt32
        var dataRate: String
        var index: UInt8
        var channel: UInt8
        var testDescription: String { "\(region?.rawValue ?? "any") \(frequency) \(dataRate)" }
    }

    static let rows: [Row] = [
        Row(region: .eu868, frequency: 868_100_000, dataRate: "SF7BW125", index: 5, channel: 0),
        Row(region: .eu868, frequency: 868_099_975, dataRate: "SF12BW125", index: 0, channel: 0),
        Row(region: .eu868, frequency: 867_900_000, dataRate: "SF7BW250", index: 6, channel: 7),
        Row(region: .eu868, frequency: 868_800_000, dataRate: "FSK50000", index: 7, channel: 15),
        Row(region: .eu868, frequency: 868_100_000, dataRate: "SF7BW125", index: 5, channel: 11),
        Row(region: .us915, frequency: 902_300_000, dataRate: "SF10BW125", index: 0, channel: 0),
        Row(region: .us915, frequency: 904_100_000, dataRate: "SF7BW125", index: 3, channel: 9),
        Row(region: .us915, frequency: 914_900_000, dataRate: "SF7BW125", index: 3, channel: 63),
        Row(region: .us915, frequency: 914_200_000, dataRate: "SF8BW500", index: 4, channel: 71),
        Row(region: .au915, frequency: 916_800_000, dataRate: "SF12BW125", index: 0, channel: 8),
        Row(region: .au915, frequency: 917_500_000, dataRate: "SF8BW500", index: 6, channel: 65),
        Row(region: .as923, frequency: 923_400_000, dataRate: "SF7BW125", index: 5, channel: 1),
        Row(region: .in865, frequency: 865_402_500, dataRate: "FSK50000", index: 7, channel: 1),
        Row(region: .kr920, frequency: 922_500_000, dataRate: "SF12BW125", index: 0, channel: 2),
        Row(region: .cn470, frequency: 486_300_000, dataRate: "SF7BW125", index: 5, channel: 80),
        Row(region: nil, frequency: 868_300_000, dataRate: "SF9BW125", index: 3, channel: 1),
        Row(region: nil, frequency: 904_100_000, dataRate: "SF9BW125", index: 1, channel: 9),
        Row(region: nil, frequency: 923_200_000, dataRate: "SF7BW125", index: 5, channel: 0),
    ]

    @Test(arguments: rows)
    func `which the tables find`(_ row: Row) throws {
        let keys = try keysV11()
        let frame = try uplink(
            0, keys: keys, context: UplinkMICContext(dataRate: row.index, channel: row.channel))
        let radio = UplinkRadio(frequency: row.frequency, dataRate: row.dataRate)
        var session = UplinkSession(devAddr: address, keys: keys, region: row.region)
        #expect(session.receive(frame, radio: radio).summary == "accepted 0")
        let wrong = try uplink(
            1, keys: keys, context: UplinkMICContext(dataRate: row.index ^ 8, channel: row.channel))
        #expect(session.receive(wrong, radio: radio) == .micMismatch)
    }

    @Test func `in a fixed plan exactly one channel`() throws {
        let keys = try keysV11()
        var session = UplinkSession(devAddr: address, keys: keys, region: .us915)
        let frame = try uplink(0, keys: keys, context: UplinkMICContext(dataRate: 3, channel: 10))
        let radio = UplinkRadio(frequency: 904_100_000, dataRate: "SF7BW125")
        #expect(session.receive(frame, radio: radio) == .micMismatch)
    }

    @Test func `of which the first half decides when no table knows the radio`() throws {
        let keys = try keysV11()
        let frame = try uplink(0, keys: keys, context: UplinkMICContext(dataRate: 9, channel: 200))
        let unknown: [UplinkRadio?] = [
            nil, UplinkRadio(frequency: 2_403_000_000, dataRate: "SF7BW125"),
            UplinkRadio(frequency: 868_100_000, dataRate: "M0CW137"),
        ]
        for radio in unknown {
            var session = UplinkSession(devAddr: address, keys: keys)
            #expect(session.receive(frame, radio: radio).summary == "accepted 0")
            var forged = frame
            forged.mic = MIC(rawValue: frame.mic.rawValue ^ 0x0001_0000)
            #expect(session.receive(forged, radio: radio) == .micMismatch)
        }
    }

    @Test func `a repetition on another channel is still one`() throws {
        let keys = try keysV11()
        var session = UplinkSession(devAddr: address, keys: keys, region: .eu868)
        for (channel, frequency, outcome) in [
            (0, 868_100_000, "accepted 3"), (1, 868_300_000, "retransmission 3"),
        ] as [(UInt8, UInt32, String)] {
            let frame = try uplink(3, keys: keys, context: UplinkMICContext(dataRate: 5, channel: channel))
            let radio = UplinkRadio(frequency: frequency, dataRate: "SF7BW125")
            #expect(session.receive(frame, radio: radio).summary == outcome)
        }
    }

    @Test func `the counter of an acknowledged downlink counts when ACK is set`() throws {
        let keys = try keysV11()
        let plain = PlainFrame(
            devAddr: address, control: FrameControl(ack: true), counter: FrameCounter(rawValue: 0),
            fPort: 1, payload: [1])
        let context = UplinkMICContext(dataRate: 5, channel: 0, confirmedCounter: 77)
        let frame = try plain.sealUplink(keys: keys, context: context)
        let radio = UplinkRadio(frequency: 868_100_000, dataRate: "SF7BW125")
        var knows = UplinkSession(devAddr: address, keys: keys, confirmedDownlinkCounter: 77)
        var doesNot = UplinkSession(devAddr: address, keys: keys, confirmedDownlinkCounter: 76)
        #expect(knows.receive(frame, radio: radio).summary == "accepted 0")
        #expect(doesNot.receive(frame, radio: radio) == .micMismatch)
    }
}
