import EdgeTestSupport
import HubbleAdvertising
import Testing

@Suite struct CounterModePacketTests {
    @Test func `every vector parses into its fields and opens`() throws {
        for vector in try CounterModeVector.all() {
            guard case .counterMode(let packet) = try HubbleServiceData(vector.serviceData) else {
                Issue.record("not version 0: \(vector.comment)")
                continue
            }
            #expect(packet.sequenceNumber.rawValue == vector.input.sequence, "\(vector.comment)")
            #expect(packet.eid.description == vector.expected.eid, "\(vector.comment)")
            #expect(hex(packet.tag.rawValue.bytes) == vector.expected.tag, "\(vector.comment)")
            let keys = HubbleSessionKeys(try vector.key(), at: vector.counter)
            #expect(try packet.open(with: keys) == vector.payload, "\(vector.comment)")
        }
    }

    @Test func `sealing gives the bytes of every vector`() throws {
        for vector in try CounterModeVector.all() {
            let packet = try CounterModePacket.seal(
                vector.payload, sequenceNumber: sequenceNumber(vector.input.sequence), key: vector.key(),
                at: vector.counter)
            #expect(hex(packet.bytes) == vector.expected.serviceData, "\(vector.comment)")
            #expect(try HubbleServiceData(packet.bytes) == .counterMode(packet))
        }
    }

    @Test func `the published example is found on the day that it was sent`() throws {
        let vector = try #require(try CounterModeVector.all().first)
        #expect(TimeCounter(unixSeconds: 1_760_210_751) == vector.counter)
        #expect(EphemeralID(counterMode: try vector.key(), at: vector.counter).description == "c048b633")
    }

    @Test func `no flipped bit of tag, ciphertext or sequence number opens`() throws {
        for vector in try CounterModeVector.all() {
            let keys = HubbleSessionKeys(try vector.key(), at: vector.counter)
            // Bytes 2...5 are the EID, which the tag does not cover.
            for bit in Array(6..<16) + Array(48..<vector.serviceData.count * 8) {
                var damaged = vector.serviceData
                damaged[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                guard case .counterMode(let packet) = try HubbleServiceData(damaged) else {
                    Issue.record("bit \(bit) changed the version: \(vector.comment)")
                    continue
                }
                // Without ciphertext the tag still depends on the sequence number, through the key.
                #expect(throws: OpenError.tagMismatch, "\(vector.comment), bit \(bit)") {
                    try packet.open(with: keys)
                }
            }
        }
    }

    @Test func `the keys of another day or another device do not open`() throws {
        let key = try deviceKey(seed: 1)
        let day = TimeCounter(rawValue: 20_000)
        let packet = try CounterModePacket.seal([1, 2], sequenceNumber: sequenceNumber(7), key: key, at: day)
        #expect(throws: OpenError.tagMismatch) {
            try packet.open(with: HubbleSessionKeys(key, at: TimeCounter(rawValue: 20_001)))
        }
        #expect(throws: OpenError.tagMismatch) {
            try packet.open(with: HubbleSessionKeys(deviceKey(seed: 2), at: day))
        }
    }

    @Test func `a payload of 14 bytes is refused`() throws {
        #expect(throws: SealError.payloadTooLong(count: 14, limit: 13)) {
            try CounterModePacket.seal(
                Array(repeating: 0, count: 14), sequenceNumber: sequenceNumber(0), key: deviceKey(seed: 1),
                at: TimeCounter(rawValue: 0))
        }
    }
}

extension UInt32 {
    fileprivate var bytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
