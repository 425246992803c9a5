import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

@Suite struct `A session judges uplinks by their counter` {
    struct Row: CustomTestStringConvertible {
        var last: UInt32?
        var sent: UInt32
        var outcome: String
        var after: UInt32?
        var policy = UplinkSession.CounterResetPolicy.refuse
        var width = UplinkSession.CounterWidth.bits32
        var gap: UInt32?

        var testDescription: String {
            "last \(last.map(String.init) ?? "none"), sent \(sent), \(policy), \(width): \(outcome)"
        }
    }

    static let rows: [Row] = [
        Row(last: nil, sent: 0, outcome: "accepted 0", after: 0),
        Row(last: nil, sent: 1, outcome: "accepted 1", after: 1),
        Row(last: nil, sent: 65_535, outcome: "accepted 65535", after: 65_535),
        Row(last: nil, sent: 65_536, outcome: "mismatch", after: nil),
        Row(last: 0, sent: 1, outcome: "accepted 1", after: 1),
        Row(last: 5, sent: 5, outcome: "retransmission 5", after: 5),
        Row(last: 5, sent: 4, outcome: "stale 4", after: 5),
        Row(last: 5, sent: 0, outcome: "stale 0", after: 5),
        Row(last: 65_535, sent: 65_536, outcome: "accepted 65536", after: 65_536),
        Row(last: 65_536, sent: 65_535, outcome: "stale 65535", after: 65_536),
        Row(last: 200_000, sent: 200_000, outcome: "retransmission 200000", after: 200_000),
        Row(last: 200_000, sent: 199_999, outcome: "stale 199999", after: 200_000),
        Row(last: 200_000, sent: 3, outcome: "stale 3", after: 200_000),
        Row(last: 200_000, sent: 265_535, outcome: "accepted 265535", after: 265_535),
        Row(last: 200_000, sent: 300_000, outcome: "mismatch", after: 200_000),
        Row(last: .max, sent: 0, outcome: "stale 0", after: .max),
        // A device that has started again.
        Row(last: 5, sent: 0, outcome: "accepted 0 reset", after: 0, policy: .allow),
        Row(last: 200_000, sent: 1, outcome: "accepted 1 reset", after: 1, policy: .allow),
        Row(last: 200_000, sent: 199_999, outcome: "stale 199999", after: 200_000, policy: .allow),
        Row(last: 5, sent: 5, outcome: "retransmission 5", after: 5, policy: .allow),
        // Sixteen bits.
        Row(last: 65_535, sent: 0, outcome: "accepted 0", after: 0, width: .bits16),
        Row(last: 5, sent: 32_772, outcome: "accepted 32772", after: 32_772, width: .bits16),
        Row(last: 5, sent: 32_773, outcome: "stale 32773", after: 5, width: .bits16),
        Row(last: 5, sent: 4, outcome: "stale 4", after: 5, width: .bits16),
        Row(last: 5, sent: 4, outcome: "accepted 4 reset", after: 4, policy: .allow, width: .bits16),
        // MAX_FCNT_GAP.
        Row(last: 10, sent: 16_394, outcome: "accepted 16394", after: 16_394, gap: 16_384),
        Row(last: 10, sent: 16_395, outcome: "gap 16395", after: 10, gap: 16_384),
    ]

    @Test(arguments: rows)
    func `as the table says`(_ row: Row) throws {
        let keys = try keysV10()
        var session = UplinkSession(
            devAddr: address, keys: keys, lastCounter: row.last.map(FrameCounter.init(rawValue:)),
            resetPolicy: row.policy, counterWidth: row.width, maximumGap: row.gap)
        #expect(session.receive(try uplink(row.sent, keys: keys)).summary == row.outcome)
        #expect(session.lastCounter?.rawValue == row.after)
    }

    @Test func `opens payload, port and commands`() throws {
        let keys = try keysV10()
        var session = UplinkSession(devAddr: address, keys: keys)
        let frame = try uplink(
            1, keys: keys, payload: [1, 2, 3], isConfirmed: true, fOpts: [0x02, 0x03, 0x07])
        guard case .accepted(let opened) = session.receive(frame) else {
            Issue.record("not accepted")
            return
        }
        #expect(opened.payload == [1, 2, 3])
        #expect(opened.fPort == 10)
        #expect(opened.isConfirmed)
        #expect(opened.commands.map(\.identifier) == [2, 3])
        #expect(session.receive(frame) == .retransmission(opened))
    }

    @Test func `port 0 carries commands and no payload`() throws {
        for keys in [try keysV10(), try keysV11()] {
            var session = UplinkSession(devAddr: address, keys: keys)
            let frame = try uplink(0, keys: keys, payload: [0x02], fPort: 0)
            guard case .accepted(let opened) = session.receive(frame) else {
                Issue.record("not accepted")
                return
            }
            #expect(opened.payload.isEmpty)
            #expect(opened.commands == [MACCommand(identifier: 2, fields: [])])
        }
    }

    @Test func `another frame with the last counter is no repetition`() throws {
        let keys = try keysV10()
        var refusing = UplinkSession(devAddr: address, keys: keys)
        var allowing = UplinkSession(devAddr: address, keys: keys, resetPolicy: .allow)
        let first = try uplink(0, keys: keys, payload: [1])
        let second = try uplink(0, keys: keys, payload: [2])
        _ = refusing.receive(first)
        _ = allowing.receive(first)
        #expect(refusing.receive(second).summary == "stale 0")
        #expect(allowing.receive(second).summary == "accepted 0 reset")
        #expect(allowing.receive(second).summary == "retransmission 0")
    }

    @Test func `a flipped bit of the MIC is a mismatch, and the counter stays`() throws {
        let keys = try keysV10()
        let good = try uplink(7, keys: keys)
        for bit in 0..<32 {
            var session = UplinkSession(
                devAddr: address, keys: keys, lastCounter: FrameCounter(rawValue: 6), resetPolicy: .allow)
            var frame = good
            frame.mic = MIC(rawValue: good.mic.rawValue ^ 1 << UInt32(bit))
            #expect(session.receive(frame) == .micMismatch)
            #expect(session.lastCounter?.rawValue == 6)
        }
    }

    @Test func `downlinks and foreign addresses are mismatches`() throws {
        let keys = try keysV10()
        var session = UplinkSession(devAddr: address, keys: keys)
        let plain = PlainFrame(devAddr: address, counter: FrameCounter(rawValue: 0), fPort: 1)
        #expect(session.receive(try plain.sealDownlink(keys: keys)) == .micMismatch)
        var other = UplinkSession(devAddr: DevAddr(rawValue: 1), keys: keys)
        #expect(other.receive(try plain.sealUplink(keys: keys)) == .micMismatch)
    }
}
