import FoundationEssentials

/// The datagrams that went up in a capture of JSON lines:
/// `{"t": seconds, "dir": "up", "hex": "0267c6…"}`. Other members and directions are ignored.
package struct DatagramCapture: Sendable {
    /// From the first datagram on.
    package let datagrams: [Timed<[UInt8]>]

    /// The most datagrams that one capture may have.
    package static let datagramLimit = 1_000_000
    /// What UDP over IPv4 can carry.
    private static let datagramByteLimit = 65_507
    /// Seconds: more than three thousand years, and what a Duration takes.
    private static let times = -1e11...1e11

    private struct Line: Decodable {
        var t: Double
        var dir: String
        var hex: String?
    }

    package init(_ file: [UInt8]) throws(CaptureError) {
        var datagrams: [Timed<[UInt8]>] = []
        var start: Double?
        let lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, text) in lines.enumerated() where !text.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text)),
                Self.times.contains(line.t)
            else { throw .malformedLine(index + 1) }
            guard line.dir == "up" else { continue }
            guard let bytes = line.hex.flatMap(Self.bytes) else { throw .malformedLine(index + 1) }
            guard datagrams.count < Self.datagramLimit else { throw .tooLong(limit: Self.datagramLimit) }
            let first = start ?? line.t
            start = first
            let due = max(.seconds(line.t - first), datagrams.last?.due ?? .zero)
            datagrams.append(Timed(due: due, value: bytes))
        }
        self.datagrams = datagrams
    }

    /// Nil for what is not an even number of hexadecimal digits, for nothing, and for too much.
    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count % 2 == 0,
            (2...2 * datagramByteLimit).contains(digits.count)
        else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
