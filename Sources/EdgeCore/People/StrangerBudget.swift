import EdgeModel
import Synchronization

/// How many failed logins to accounts that do not exist the audit log takes, so that nobody writes
/// it full from outside. What is left out is counted, and said with the next that is taken.
final class StrangerBudget: Sendable {
    static let limit = 60
    static let window = Duration.seconds(60)

    private struct State {
        var began: MonotonicInstant?
        var taken = 0
        var leftOut = 0
    }
    private let state = Mutex(State())

    /// How many were left out before this one; nil when this one is left out too.
    func take(at now: MonotonicInstant) -> Int? {
        state.withLock { state in
            if state.began.map({ now.since($0) >= Self.window }) ?? true {
                state.began = now
                state.taken = 0
            }
            guard state.taken < Self.limit else {
                state.leftOut += 1
                return nil
            }
            state.taken += 1
            defer { state.leftOut = 0 }
            return state.leftOut
        }
    }
}
