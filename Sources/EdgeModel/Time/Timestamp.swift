/// An instant of wall time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// What the gateway stores, compares and serves. Never used for order, expiry or deduplication:
/// those run on `MonotonicInstant` and on the ingest sequence.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package init(seconds: Int64) { microseconds = seconds &* 1_000_000 }

    /// Whole seconds since 1970, rounded towards the past.
    package var seconds: Int64 { microseconds.dividedFlooring(by: 1_000_000) }

    package var wholeSeconds: Int { Int(seconds) }

    /// The UTC day number since 1970-01-01, which is also Hubble's `UNIX_TIME` counter.
    package var day: Int64 { microseconds.dividedFlooring(by: Timestamp.microsecondsPerDay) }

    package static let microsecondsPerDay: Int64 = 86_400_000_000

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    package func advanced(byMicroseconds delta: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        guard overflow else { return Timestamp(microseconds: sum) }
        return Timestamp(microseconds: delta > 0 ? .max : .min)
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity, as calendars need it.
    package func dividedFlooring(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension Duration {
    /// Whole microseconds, held within 64 bits.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : scaled + attoseconds / 1_000_000_000_000
    }
}
