import EdgeTestSupport
import HubbleAdvertising
import Testing

@Suite struct EAXPacketTests {
    @Test func `every vector parses into its fields and opens`() throws {
        for vector in try EAXVector.all() {
            guard case .eax(let packet) = try HubbleServiceData(vector.serviceData) else {
                Issue.record("not version 2: \(vector.comment)")
                continue
            }
            #expect(packet.salt == vector.input.salt, "\(vector.comment)")
            #expect(packet.eid.description == vector.expected.eid, "\(vector.comment)")
            #expect(try packet.open(with: vector.key(), at: vector.counter) == vector.payload)
        }
    }

    @Test func `sealing gives the bytes of every vector`() throws {
        for vector in try EAXVector.all() {
            let packet = try EAXPacket.seal(
                vector.payload, salt: vector.input.salt, key: vector.key(), at: vector.counter,
                exponent: vector.exponent())
            #expect(hex(packet.bytes) == vector.expected.serviceData, "\(vector.comment)")
            #expect(try HubbleServiceData(packet.bytes) == .eax(packet))
        }
    }

    @Test func `a packet sealed in the middle of a period opens with its beginning`() throws {
        let key = try deviceKey(seed: 3, count: 16)
        let exponent = try #require(PeriodExponent(rawValue: 10))
        let packet = try EAXPacket.seal(
            [9], salt: 5, key: key, at: TimeCounter(rawValue: 77 << 10 | 1023), exponent: exponent)
        #expect(try packet.open(with: key, at: exponent.counter(atPoolIndex: 77)) == [9])
        #expect(
            packet.eid
                == EphemeralID(eax: key, at: TimeCounter(rawValue: 77 << 10 | 1), exponent: exponent))
    }

    @Test func `no flipped bit of salt, ciphertext or tag opens`() throws {
        for vector in try EAXVector.all() {
            // Bytes 3...10 are the EID, which the tag does not cover.
            for bit in Array(8..<24) + Array(88..<vector.serviceData.count * 8) {
                var damaged = vector.serviceData
                damaged[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                guard case .eax(let packet) = try HubbleServiceData(damaged) else { continue }
                #expect(throws: OpenError.tagMismatch, "\(vector.comment), bit \(bit)") {
                    try packet.open(with: vector.key(), at: vector.counter)
                }
            }
        }
    }

    @Test func `a 32-byte key neither seals, opens nor has an EID`() throws {
        let long = try deviceKey(seed: 4, count: 32)
        let exponent = try #require(PeriodExponent(rawValue: 0))
        let counter = TimeCounter(rawValue: 1)
        #expect(EphemeralID(eax: long, at: counter, exponent: exponent) == nil)
        #expect(throws: SealError.keySize) {
            try EAXPacket.seal([], salt: 0, key: long, at: counter, exponent: exponent)
        }
        let packet = try EAXPacket.seal(
            [], salt: 0, key: deviceKey(seed: 4, count: 16), at: counter, exponent: exponent)
        #expect(throws: OpenError.keySize) { try packet.open(with: long, at: counter) }
    }

    @Test func `a payload of 10 bytes is refused`() throws {
        let exponent = try #require(PeriodExponent(rawValue: 0))
        #expect(throws: SealError.payloadTooLong(count: 10, limit: 9)) {
            try EAXPacket.seal(
                Array(repeating: 0, count: 10), salt: 0, key: deviceKey(seed: 4, count: 16),
                at: TimeCounter(rawValue: 0), exponent: exponent)
        }
    }
}
