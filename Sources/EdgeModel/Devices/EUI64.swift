/// A 64-bit extended unique identifier: DevEUI, JoinEUI or a gateway's EUI.
package struct EUI64: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number as it is written: the first hexadecimal digit is the most significant.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Sixteen hexadecimal digits in either case; `-`, `:` and blanks between them are tolerated.
    package init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: " "): continue
            default:
                guard let nibble = hexadecimalValue(byte), digits < 16 else { return nil }
                value = value << 4 | UInt64(nibble)
                digits += 1
            }
        }
        guard digits == 16 else { return nil }
        rawValue = value
    }

    /// Sixteen lower-case hexadecimal digits.
    package var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package static func < (a: EUI64, b: EUI64) -> Bool { a.rawValue < b.rawValue }
}

/// The number that eight hexadecimal digits spell, in either case; nil for anything else.
package func hexadecimalUInt32(_ text: some StringProtocol) -> UInt32? {
    guard text.utf8.count == 8 else { return nil }
    return text.utf8.reduce(UInt32?(0)) { value, byte in
        guard let value, let digit = hexadecimalValue(byte) else { return nil }
        return value << 4 | UInt32(digit)
    }
}

/// The value of one hexadecimal digit in either case, or nil.
package func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
