/// The period number that an EID and session keys are derived from.
package struct TimeCounter: Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The counter of `Source.unixTime`: the number of the UTC day. Nil before 1970 and where the
    /// day does not fit.
    package init?(unixSeconds: Int64) {
        guard unixSeconds >= 0, let day = UInt32(exactly: unixSeconds / 86_400) else { return nil }
        rawValue = day
    }

    package static func < (a: TimeCounter, b: TimeCounter) -> Bool { a.rawValue < b.rawValue }

    /// Where a device takes the counter from.
    package enum Source: Hashable, Sendable {
        /// Days since 1970-01-01, UTC.
        case unixTime
        /// Rotation periods since the device started, within a pool that wraps.
        case deviceUptime
    }

    /// The places in the pool of `Source.deviceUptime`.
    package static let uptimePool: Range<UInt32> = 0..<128
}

/// The rotation period of a version 2 device: 2^exponent seconds, 0...15.
package struct PeriodExponent: Hashable, Comparable, CaseIterable, Sendable {
    package let rawValue: UInt8

    /// Nil above 15.
    package init?(rawValue: UInt8) {
        guard rawValue <= 15 else { return nil }
        self.rawValue = rawValue
    }

    private init(valid: UInt8) { rawValue = valid }

    package static let allCases: [PeriodExponent] = (0...15).map(PeriodExponent.init(valid:))

    package static func < (a: PeriodExponent, b: PeriodExponent) -> Bool { a.rawValue < b.rawValue }

    /// The counter at the start of the period that `seconds` is in: its low bits are cleared.
    package func counter(atSeconds seconds: UInt32) -> TimeCounter {
        TimeCounter(rawValue: seconds & ~(1 << rawValue - 1))
    }

    /// The counter of a place in the pool.
    package func counter(atPoolIndex index: UInt32) -> TimeCounter {
        TimeCounter(rawValue: index << rawValue)
    }
}
