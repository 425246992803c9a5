/// The 32-bit address of a device within a network session. Several devices may share one.
package struct DevAddr: Hashable, Sendable, CustomStringConvertible {
    /// The number as it is written: on the air the bytes come in the opposite order.
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Eight hexadecimal digits in either case.
    package init?(_ text: some StringProtocol) {
        guard let value = fixedHexadecimal(text, digits: 8) else { return nil }
        rawValue = UInt32(truncatingIfNeeded: value)
    }

    /// Eight lower-case hexadecimal digits.
    package var description: String { hexadecimal(UInt64(rawValue), digits: 8) }
}

/// The 24-bit identifier of a network.
package struct NetID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    /// The 24 least significant bits are taken.
    package init(rawValue: UInt32) { self.rawValue = rawValue & 0xFF_FFFF }

    /// Six hexadecimal digits in either case.
    package init?(_ text: some StringProtocol) {
        guard let value = fixedHexadecimal(text, digits: 6) else { return nil }
        rawValue = UInt32(truncatingIfNeeded: value)
    }

    /// Six lower-case hexadecimal digits.
    package var description: String { hexadecimal(UInt64(rawValue), digits: 6) }
}

func fixedHexadecimal(_ text: some StringProtocol, digits: Int) -> UInt64? {
    guard text.utf8.count == digits, text.allSatisfy(\.isHexDigit) else { return nil }
    return UInt64(text, radix: 16)
}

func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
