import BluetoothLE
import EdgeTestSupport
import Testing

@Suite struct H4DeframerTests {
    static let stream: [UInt8] = Samples.events.flatMap { [0x04] + $0 }

    /// Feeds `stream` in chunks and gathers the packets that come out.
    private func packets(_ stream: [UInt8], chunk: Int) throws -> [H4Deframer.Packet] {
        var deframer = H4Deframer()
        var packets: [H4Deframer.Packet] = []
        for start in Swift.stride(from: 0, to: stream.count, by: chunk) {
            deframer.append(stream[start..<min(start + chunk, stream.count)])
            while let packet = try deframer.next() { packets.append(packet) }
        }
        return packets
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000])
    func `packets come out whole whatever the chunks`(chunk: Int) throws {
        #expect(try packets(Self.stream, chunk: chunk).map { Array($0.bytes) } == Samples.events)
    }

    @Test func `packets of other kinds are passed over by their own length`() throws {
        // ACL: handle, length 2; synchronous: handle, length 1; isochronous: handle, length 1 with
        // its two upper bits set; then an event
        let stream = bytes(hex: "02 0100 0200 aabb  03 0100 01 cc  05 0100 01c0 dd  04 10 01 42")
        #expect(try packets(stream, chunk: 1).map(\.indicator) == [.acl, .synchronous, .isochronous, .event])
    }

    @Test func `a wrong indicator is told once and the stream found again at the answer to a reset`() throws {
        var deframer = H4Deframer()
        deframer.append(bytes(hex: "04 10 01 42  99 04 3e 02 aa bb")[...])
        #expect(try deframer.next()?.bytes == [0x10, 0x01, 0x42])
        #expect(throws: H4Deframer.Failure.unknownIndicator(0x99)) { try deframer.next() }
        #expect(try deframer.next() == nil)
        deframer.append(bytes(hex: "04 0e 04 01 03")[...])
        #expect(try deframer.next() == nil)
        deframer.append(bytes(hex: "0c 00  04 10 01 43")[...])
        #expect(try deframer.next()?.bytes == bytes(hex: "0e 04 01 030c 00")[...])
        #expect(try deframer.next()?.bytes == [0x10, 0x01, 0x43])
        #expect(deframer.skippedByteCount == 6)
    }

    @Test func `a packet longer than a scanner can be sent is refused`() {
        var deframer = H4Deframer()
        deframer.append(bytes(hex: "02 0100 ffff")[...])
        #expect(throws: H4Deframer.Failure.packetTooLong(byteCount: 65_540)) { try deframer.next() }
    }

    @Test func `the search for the answer to a reset has an end`() throws {
        var deframer = H4Deframer()
        deframer.append([0x99])
        #expect(throws: H4Deframer.Failure.unknownIndicator(0x99)) { try deframer.next() }
        deframer.append([UInt8](repeating: 0x99, count: 2 * H4Deframer.maximumSkippedByteCount)[...])
        #expect(throws: H4Deframer.Failure.resetAnswerMissing) { try deframer.next() }
    }
}
