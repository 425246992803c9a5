extension JSONReader {
    /// A string value; nil, and skipped, when the value is of another kind.
    mutating func stringValue() throws(SyntaxError) -> String? {
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        return try string()
    }

    /// The bytes of a string value after unescaping; nil, and skipped, when it is of another kind.
    mutating func stringBytes() throws(SyntaxError) -> ArraySlice<UInt8>? {
        guard peek() == UInt8(ascii: "\"") else {
            try skipValue()
            return nil
        }
        let (range, isEscaped) = try stringRange()
        return isEscaped ? unescape(range)[...] : bytes[range]
    }

    mutating func string() throws(SyntaxError) -> String {
        let (range, isEscaped) = try stringRange()
        return isEscaped
            ? String(decoding: unescape(range), as: UTF8.self)
            : String(decoding: bytes[range], as: UTF8.self)
    }

    /// Consumes a string, and tells where its content lies and whether it holds a backslash.
    mutating func stringRange() throws(SyntaxError) -> (content: Range<Int>, isEscaped: Bool) {
        guard take(UInt8(ascii: "\"")) else { throw SyntaxError() }
        let start = index
        var isEscaped = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return (start..<index - 1, isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                index += 2
            default: index += 1
            }
        }
        throw SyntaxError()
    }

    /// Resolves escapes (RFC 8259, section 7); one that is not in the standard stands for its
    /// second character, and an unpaired surrogate for U+FFFD.
    private func unescape(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        var cursor = range.lowerBound
        while cursor < range.upperBound {
            let byte = bytes[cursor]
            cursor += 1
            guard byte == UInt8(ascii: "\\"), cursor < range.upperBound else {
                out.append(byte)
                continue
            }
            let escape = bytes[cursor]
            cursor += 1
            switch escape {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"): appendScalar(at: &cursor, before: range.upperBound, to: &out)
            default: out.append(escape)
            }
        }
        return out
    }

    private func appendScalar(at cursor: inout Int, before end: Int, to out: inout [UInt8]) {
        var units: [UInt16] = []
        if let unit = hexadecimalUnit(at: cursor, before: end) {
            cursor += 4
            units.append(unit)
            if UTF16.isLeadSurrogate(unit), cursor + 2 <= end, bytes[cursor] == UInt8(ascii: "\\"),
                bytes[cursor + 1] == UInt8(ascii: "u"),
                let trail = hexadecimalUnit(at: cursor + 2, before: end), UTF16.isTrailSurrogate(trail)
            {
                cursor += 6
                units.append(trail)
            }
        }
        out.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
    }

    private func hexadecimalUnit(at start: Int, before end: Int) -> UInt16? {
        guard start + 4 <= end else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[start..<start + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
