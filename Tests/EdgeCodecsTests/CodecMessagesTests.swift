import EdgeTestSupport
import Testing

@testable import EdgeCodecs

@Suite struct CodecMessagesTests {
    @Test func `a request comes out as it went in, with a script and without`() throws {
        for source in [nil, [], Array("var a;".utf8)] as [[UInt8]?] {
            let request = CodecRequest(
                function: .encodeDownlink, script: 0x0102_0304_0506_0708, source: source, input: [9, 8])
            let read = try #require(CodecRequest(body: Array(request.message.dropFirst(4))))
            #expect(read.function == .encodeDownlink)
            #expect(read.script == request.script)
            #expect(read.source == source)
            #expect(read.input == [9, 8])
        }
    }

    @Test func `any bytes are taken or refused`() {
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<10_000 {
            let body = (0..<Int.random(in: 0..<24, using: &generator)).map { _ in
                UInt8.random(in: 0...2, using: &generator)
            }
            let request = CodecRequest(body: body)
            #expect(request == nil || body.count >= 13)
            #expect((CodecReply(body: body) == nil) == (body.first == nil))
        }
    }
}
