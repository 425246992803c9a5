import EdgeModel

/// What is said to one upstream, and what its answers mean. When it is said, and what a failure is followed
/// by, is the `UpstreamWorker`'s.
protocol UpstreamConversation: Sendable {
    /// How the upstream is doing.
    var ledger: UpstreamLedger { get set }
    /// What the other side has, as far as is known here.
    var known: SequenceRanges { get }

    /// Says what is due now, and notes in the ledger what that is. Nil when something was said, else the
    /// moment before which nothing is due unless something changes. Throws an `UpstreamFailure` for what the
    /// other side does not take, and whatever fails here.
    mutating func advance(at now: MonotonicInstant) async throws -> MonotonicInstant?
    /// After a failure or a pause: what was learned of the other side may not be true any more.
    mutating func forget()
    /// Nothing is said for a while, or any more.
    func hangUp() async
}
