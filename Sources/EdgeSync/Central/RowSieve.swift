package import EdgeModel

/// Finds the rows that a central refuses for good among those that it takes: a value that is told what
/// happened.
///
/// What is refused is tried in halves, down to a row. That row is a suspect, and passed over. Once the central
/// has taken another it is tried again, and only when it is refused then is it set aside: nothing is, at a
/// central that takes nothing.
package struct RowSieve: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Fewer rows, or others, go next.
        case goesOn
        /// The central takes others and not this one.
        case setAside(Int64)
        /// There is no telling it from a central that takes nothing.
        case waits
    }

    /// More suspects are forgotten: they are tried again.
    package static let suspectLimit = 1_000
    /// After so many refusals in a row the next attempt is not made in a hurry.
    package static let patience = 32

    private var halving = Halving(most: SyncBatch.rowLimit)
    /// Rows that were refused alone, and whether the central has taken others since.
    private var suspects: [Int64: Bool] = [:]
    private var refusals = 0

    package init() {}

    /// More rows do not go at once.
    package var limit: Int { halving.limit }

    /// A suspect that is tried again before any other row goes.
    package var proven: Int64? { suspects.filter(\.value).keys.min() }

    /// A suspect that is tried again when there is nothing else to send.
    package var oldest: Int64? { suspects.keys.min() }

    /// What has arrived, with what is passed over.
    package func passing(_ received: SequenceRanges) -> SequenceRanges {
        suspects.isEmpty
            ? received : SequenceRanges(received.ranges + suspects.keys.sorted().map { $0...$0 })
    }

    /// The central has refused so many rows, the first of which is this.
    package mutating func refused(_ count: Int, first: Int64?) -> Verdict {
        refusals += 1
        guard let first else { return .waits }
        guard halving.refused(count, patience: 1) == .leftOut else {
            return refusals > Self.patience ? .waits : .goesOn
        }
        if let isProven = suspects[first] { return isProven ? .setAside(first) : .waits }
        if suspects.count >= Self.suspectLimit { suspects = [:] }
        suspects[first] = false
        return refusals > Self.patience ? .waits : .goesOn
    }

    /// The central has taken so many rows within this range.
    package mutating func taken(_ count: Int, in range: ClosedRange<Int64>) {
        guard count > 0 else { return }
        refusals = 0
        halving.taken()
        for sequence in suspects.keys { suspects[sequence] = range.contains(sequence) ? nil : true }
    }

    /// The row has gone another way, or is not there any more.
    package mutating func forget(_ sequence: Int64) { suspects[sequence] = nil }

    /// In another history the numbers mean other rows.
    package mutating func beginAnew() { self = RowSieve() }
}
