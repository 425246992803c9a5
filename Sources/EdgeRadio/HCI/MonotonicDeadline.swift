import EdgeModel

extension MonotonicInstant {
    /// Later than any deadline.
    static let distantFuture = MonotonicInstant(nanoseconds: .max)

    /// The instant `span` later; spans here are seconds to minutes.
    func adding(_ span: Duration) -> MonotonicInstant {
        let nanoseconds = UInt64(max(0, span / .nanoseconds(1)))
        return MonotonicInstant(nanoseconds: self.nanoseconds &+ nanoseconds)
    }
}
