/// How many go at once while some are refused for good: what is refused together is tried in halves, and what
/// is refused alone again and again is left out.
struct Halving: Hashable, Sendable {
    enum Verdict: Hashable, Sendable {
        /// Fewer go next, at once.
        case smaller
        /// The one goes again, after a pause.
        case waits
        /// The one is to blame itself.
        case leftOut
    }

    /// One that was refused so often is left out. The pauses between grow, so that a trouble of the other
    /// side's own has time to pass.
    static let patience = 5

    private let most: Int
    private(set) var limit: Int
    private var refusals = 0

    init(most: Int) {
        self.most = most
        limit = most
    }

    mutating func refused(_ count: Int, patience: Int = Self.patience) -> Verdict {
        if count > 1 {
            limit = max(1, count / 2)
            return .smaller
        }
        refusals += 1
        guard refusals >= patience else { return .waits }
        refusals = 0
        return .leftOut
    }

    mutating func taken() {
        refusals = 0
        limit = min(limit * 2, most)
    }
}
