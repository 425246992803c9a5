/// Which datagrams a server still has to acknowledge, by token: a value without a clock.
///
/// At most `limit` of them are waited for. One that is not acknowledged in time is missing.
package struct AcknowledgementWindow<Instant: InstantProtocol & Sendable>: Sendable
where Instant.Duration == Duration {
    package let limit: Int
    package let patience: Duration
    private var outstanding: [UInt16: Instant] = [:]
    package private(set) var acknowledged = 0
    package private(set) var missing = 0

    package init(limit: Int, patience: Duration) {
        self.limit = max(1, limit)
        self.patience = patience
    }

    package var count: Int { outstanding.count }
    package var hasRoom: Bool { outstanding.count < limit }

    /// A token that is used again gives up the datagram which had it.
    package mutating func sent(_ token: UInt16, at now: Instant) {
        if outstanding.updateValue(now, forKey: token) != nil { missing += 1 }
    }

    /// False when nothing was waited for under this token: late, or repeated.
    @discardableResult
    package mutating func acknowledge(_ token: UInt16) -> Bool {
        guard outstanding.removeValue(forKey: token) != nil else { return false }
        acknowledged += 1
        return true
    }

    /// Gives up what was sent longer than `patience` ago.
    package mutating func expire(at now: Instant) {
        let before = outstanding.count
        outstanding = outstanding.filter { $0.value.duration(to: now) < patience }
        missing += before - outstanding.count
    }
}
