package import EdgeModel

extension Timestamp {
    /// Rounds down to a microsecond.
    package func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !microseconds.overflow else { return self }
        return advanced(byMicroseconds: microseconds.partialValue + attoseconds / 1_000_000_000_000)
    }
}
