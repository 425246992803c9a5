/// The 10-bit number of a version 0 message. A device uses each number once in a counter period.
package struct SequenceNumber: Hashable, Sendable {
    package static let range: ClosedRange<UInt16> = 0...1023
    package let rawValue: UInt16

    /// Nil above 1023.
    package init?(rawValue: UInt16) {
        guard Self.range.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// The low ten bits of a version 0 header.
    init(truncating header: UInt16) { rawValue = header & Self.range.upperBound }
}

/// The 34-bit static identifier that a version 1 device sends in clear.
package struct NetworkID: Hashable, Sendable {
    package static let range: ClosedRange<UInt64> = 0...(1 << 34 - 1)
    package let rawValue: UInt64

    /// Nil at 2^34 and above.
    package init?(rawValue: UInt64) {
        guard Self.range.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// The low 34 bits of a number, such as a version 1 header.
    package init(truncating header: UInt64) { rawValue = header & Self.range.upperBound }
}

/// The four bytes by which an encrypted packet proves its key, as a big-endian number.
///
/// Compared as one number, so that the time taken does not tell how many bytes were right.
package struct AuthenticationTag: Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}
