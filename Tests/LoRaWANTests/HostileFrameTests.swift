import EdgeTestSupport
import LoRaWAN
import Testing

private func decodeEverything(_ bytes: [UInt8]) {
    if let frame = try? PHYPayload(decoding: bytes) { #expect(frame.bytes == bytes) }
    _ = try? JoinRequest(decoding: bytes)
    _ = try? SealedJoinAccept(decoding: bytes)
    _ = try? RejoinRequest(decoding: bytes)
    _ = MACCommand.split(bytes, direction: .up)
    _ = MACCommand.split(bytes, direction: .down)
}

@Suite struct `Nothing that comes from the air traps a decoder` {
    @Test(arguments: LoRaWANVector.frames)
    func `every truncation of every vector`(_ vector: LoRaWANVector) {
        for length in 0..<vector.bytes.count { decodeEverything(Array(vector.bytes.prefix(length))) }
    }

    @Test func `ten thousand random frames of each type, and what opens them`() throws {
        let one = try key("01010101010101010101010101010101")
        let keys = SessionKeys(fNwkSIntKey: one, sNwkSIntKey: one, nwkSEncKey: one, appSKey: one)
        var random = SeededGenerator(seed: 11)
        for round in 0..<10_000 {
            var bytes = random.bytes(count: Int.random(in: 0...260, using: &random))
            decodeEverything(bytes)
            guard !bytes.isEmpty else { continue }
            bytes[0] = UInt8(round % 8) << 5
            decodeEverything(bytes)
            guard let frame = try? DataFrame(decoding: bytes) else { continue }
            let counter = FrameCounter(rawValue: UInt32(frame.counter))
            #expect(!frame.verifyUplink(nwkSKey: one, counter: counter))
            #expect(frame.openPayload(keys: keys, counter: counter).count == frame.frmPayload.count)
            #expect(frame.openFOpts(keys: keys, counter: counter).count == frame.fOpts.count)
        }
    }
}
