/// One reply of a mail server (RFC 5321, section 4.2): a code of three digits, and a text for people in one
/// line or several.
package struct SMTPReply: Hashable, Sendable {
    package var code: Int
    /// Without the codes; what follows EHLO stands here.
    package var lines: [String]

    package init(code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
    }

    /// On one line, for the operator: no control characters, at most 200 characters.
    package var reason: String {
        let text = "\(code) " + lines.joined(separator: " ")
        let plain = text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }
        return String(String.UnicodeScalarView(plain.prefix(200)))
    }

    /// The extensions that a reply to EHLO names, each in capitals with its parameters.
    package var extensions: [String: [String]] {
        var found: [String: [String]] = [:]
        for line in lines.dropFirst() {
            // `AUTH=PLAIN` is how it was spelled before it was a standard.
            let words = line.uppercased().split { $0 == " " || $0 == "=" }.map(String.init)
            if let name = words.first { found[name, default: []] += words.dropFirst() }
        }
        return found
    }
}

/// Puts replies together from bytes as they come.
package struct SMTPReplyParser: Sendable {
    package struct Malformed: Error {
        package init() {}
    }

    /// Of a line, and of the lines of one reply. RFC 5321 has 512 bytes for a line; servers have more.
    private static let lineLimit = 4_096
    private static let linesLimit = 128

    private var bytes: [UInt8] = []
    private var code: Int?
    private var lines: [String] = []

    package init() {}

    /// Nothing of a further reply has come.
    package var isAtStart: Bool { bytes.isEmpty && lines.isEmpty }

    package mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

    /// The next reply; nil until it is whole. Throws where what came is none.
    package mutating func next() throws -> SMTPReply? {
        while let end = bytes.firstIndex(of: 0x0A) {
            var line = bytes[..<end]
            if line.last == 0x0D { line = line.dropLast() }
            let isLast = try take(Array(line))
            bytes.removeFirst(end + 1)
            if isLast {
                defer { (code, lines) = (nil, []) }
                return SMTPReply(code: code ?? 0, lines: lines)
            }
        }
        guard bytes.count <= Self.lineLimit else { throw Malformed() }
        return nil
    }

    /// Whether the line is the last of its reply.
    private mutating func take(_ line: [UInt8]) throws -> Bool {
        let digits = line.prefix(3).map { Int($0) - 0x30 }
        guard line.count <= Self.lineLimit, lines.count < Self.linesLimit, digits.count == 3,
            digits.allSatisfy((0...9).contains), (2...5).contains(digits[0])
        else { throw Malformed() }
        let number = digits[0] * 100 + digits[1] * 10 + digits[2]
        guard code == nil || code == number else { throw Malformed() }
        let separator = line.count > 3 ? line[3] : UInt8(ascii: " ")
        guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else { throw Malformed() }
        code = number
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        return separator == UInt8(ascii: " ")
    }
}
