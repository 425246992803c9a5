import EdgeHTTP
import EdgeModel
import EdgeTestSupport
import Foundation
import NIOCore
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(buffer: json.buffer)
    }

    @Test func `members keep their order, and commas stand where they belong`() {
        let text = written { json in
            json.object { json in
                json.field("b", 1)
                json.field("a", "x/y")
                json.object("o") { _ in }
                json.array("l", [true, false]) { $0.value($1) }
                json.field("n", String?.none)
            }
        }
        #expect(text == #"{"b":1,"a":"x/y","o":{},"l":[true,false],"n":null}"#)
    }

    @Test func `whatever a text holds, it reads back`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<20).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0...0x2FFFF, using: &generator))
                    }))
            let json = written { $0.array([text]) { $0.value($1) } }
            #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
        }
    }

    @Test func `numbers have no exponent and read back`() throws {
        for number in [0, 8.5, -120.25, 37.7749, 1_795_236_601.037419, 1e14, 0.1] {
            let json = written { $0.array([number]) { $0.value($1) } }
            #expect(!json.lowercased().contains("e"))
            #expect(try JSONDecoder().decode([Double].self, from: Data(json.utf8)) == [number])
        }
        #expect(written { $0.value(Double.nan) } == "null")
    }

    @Test func `Base64 and times are what Foundation makes of them`() {
        var generator = SeededGenerator(seed: 4)
        for count in 0..<70 {
            let bytes = generator.bytes(count: count)
            #expect(written { $0.base64(bytes) } == "\"\(Data(bytes).base64EncodedString())\"")
        }
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...4_000_000_000, using: &generator)
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            #expect(written { $0.value(Timestamp(seconds: seconds)) } == "\"\(expected)\"")
        }
    }
}
