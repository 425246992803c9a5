/// The EUI-64 that identifies a device for life.
package struct DevEUI: Hashable, Sendable, CustomStringConvertible {
    /// The number as it is written: on the air the bytes come in the opposite order.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Sixteen hexadecimal digits in either case.
    package init?(_ text: some StringProtocol) {
        guard let value = fixedHexadecimal(text, digits: 16) else { return nil }
        rawValue = value
    }

    /// Sixteen lower-case hexadecimal digits.
    package var description: String { hexadecimal(rawValue, digits: 16) }
}

/// The EUI-64 of the join server (AppEUI up to LoRaWAN 1.0.3).
package struct JoinEUI: Hashable, Sendable, CustomStringConvertible {
    /// The number as it is written: on the air the bytes come in the opposite order.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Sixteen hexadecimal digits in either case.
    package init?(_ text: some StringProtocol) {
        guard let value = fixedHexadecimal(text, digits: 16) else { return nil }
        rawValue = value
    }

    /// Sixteen lower-case hexadecimal digits.
    package var description: String { hexadecimal(rawValue, digits: 16) }
}
