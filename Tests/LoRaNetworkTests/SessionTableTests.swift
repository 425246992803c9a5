import EdgeTestSupport
import LoRaNetwork
import LoRaWAN
import Testing

extension SessionTable.Reception {
    fileprivate var summary: String {
        switch self {
        case .authenticated(let device, _, let outcome): "\(device) \(outcome.summary)"
        case .unknownAddress: "unknown"
        case .micMismatch: "mismatch"
        case .notUplink: "not uplink"
        }
    }
}

@Suite struct `The session table` {
    @Test func `finds the device among those that share an address`() throws {
        var table = SessionTable<Int64>()
        for device in Int64(1)...5 {
            table.insert(
                UplinkSession(devAddr: address, keys: try keysV10(UInt8(device))), for: device)
        }
        for device in Int64(1)...5 {
            let frame = try uplink(UInt32(device), keys: try keysV10(UInt8(device)))
            #expect(table.receive(frame).summary == "\(device) accepted \(device)")
            #expect(table.receive(frame).summary == "\(device) retransmission \(device)")
            #expect(table[device: device]?.lastCounter?.rawValue == UInt32(device))
        }
        #expect(table.receive(try uplink(0, keys: try keysV10(9))).summary == "mismatch")
    }

    @Test func `knows strangers, and forgets who is removed`() throws {
        var table = SessionTable<Int64>()
        let frame = try uplink(0, keys: try keysV10())
        #expect(table.receive(frame).summary == "unknown")
        table.insert(UplinkSession(devAddr: address, keys: try keysV10()), for: 1)
        #expect(table.count == 1)
        #expect(table.receive(frame).summary == "1 accepted 0")
        table.remove(1)
        table.remove(1)
        #expect(table.count == 0)
        #expect(table.receive(frame).summary == "unknown")
    }

    @Test func `replaces the session of a device that has joined again`() throws {
        var table = SessionTable<Int64>()
        table.insert(UplinkSession(devAddr: DevAddr(rawValue: 1), keys: try keysV10(2)), for: 1)
        table.insert(UplinkSession(devAddr: address, keys: try keysV10()), for: 1)
        #expect(table.count == 1)
        #expect(table.receive(try uplink(0, keys: try keysV10())).summary == "1 accepted 0")
    }

    @Test func `takes no downlinks`() throws {
        var table = SessionTable<Int64>()
        table.insert(UplinkSession(devAddr: address, keys: try keysV10()), for: 1)
        let plain = PlainFrame(devAddr: address, counter: FrameCounter(rawValue: 0), fPort: 1)
        #expect(table.receive(try plain.sealDownlink(keys: try keysV10())).summary == "not uplink")
    }

    @Test func `random frames never pass`() throws {
        var table = SessionTable<Int64>()
        table.insert(UplinkSession(devAddr: address, keys: try keysV10(), resetPolicy: .allow), for: 1)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<10_000 {
            let tail = random.bytes(count: Int.random(in: 7...60, using: &random))
            let frame = try? DataFrame(decoding: [0x40] + bytes(hex: "ff1f0126") + tail)
            guard let frame else { continue }
            #expect(table.receive(frame).summary == "mismatch")
        }
    }
}
