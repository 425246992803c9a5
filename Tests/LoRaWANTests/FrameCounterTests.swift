import EdgeTestSupport
import LoRaWAN
import Testing

/// `fcnt-vectors.json`: expected counter, 16 bits of the frame, full counter.
private struct CounterTable: Decodable {
    struct Row: Decodable, CustomTestStringConvertible {
        var expected, full: UInt32
        var wire: UInt16
        var meaning: String

        init(from decoder: any Decoder) throws {
            var columns = try decoder.unkeyedContainer()
            expected = try columns.decode(UInt32.self)
            wire = try columns.decode(UInt16.self)
            full = try columns.decode(UInt32.self)
            meaning = try columns.decode(String.self)
        }

        var testDescription: String { "\(expected), \(wire): \(meaning)" }
    }
    var rows: [Row]

    static let all = (try? Vectors.decode(CounterTable.self, from: "fcnt-vectors.json"))?.rows ?? []
}

@Suite struct `The 32-bit counter is found from 16 bits` {
    @Test func `the file is there`() { #expect(CounterTable.all.count == 9) }

    @Test(arguments: CounterTable.all)
    fileprivate func `as in the vectors`(_ row: CounterTable.Row) {
        let full = FrameCounter.reconstruct(wire: row.wire, expected: FrameCounter(rawValue: row.expected))
        #expect(full.rawValue == row.full)
    }

    @Test func `in a new session nothing is a repetition`() {
        let full = FrameCounter.reconstruct(wire: 0xFFFF, expected: FrameCounter(rawValue: 0))
        #expect(full.rawValue == 0xFFFF)
    }

    @Test func `up to 65,534 lost frames are bridged`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<10_000 {
            let expected = UInt32.random(in: 1..<4_000_000_000, using: &random)
            let full = expected + UInt32.random(in: 0..<65_535, using: &random)
            let found = FrameCounter.reconstruct(
                wire: UInt16(truncatingIfNeeded: full), expected: FrameCounter(rawValue: expected))
            #expect(found.rawValue == full)
        }
    }
}
