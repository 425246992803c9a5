import EdgeModel
import Synchronization

/// Who waits for what a writer holds and has not committed yet.
///
/// A commit costs whole pages however little is in it. So a writer commits seldom while nobody waits, soon
/// while somebody passes on or looks at what is stored, and at once for whoever must know that it is safe.
/// Times are real ones, not those of the rows: it is they that somebody waits.
package final class CommitDemand: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct State {
        /// How much was taken in, and how much of it is on the disk.
        var held: UInt64 = 0
        var committed: UInt64 = 0
        /// Wanted at once.
        var wanted: UInt64 = 0
        var failures: UInt64 = 0
        var isFailing = false
        /// Of each of those that have passed on everything, how long it would wait.
        var listeners: [Listener] = []
        /// The last commit had much.
        var isStreaming = false
        var askedAt: Instant?
        var wake: (@Sendable () -> Void)?
    }
    private struct Listener: Hashable {
        var longest: Duration
        var inStream: Duration
    }

    private let state = Mutex(State())
    /// Raised with each commit and each failure.
    private let ended = ChangeSignal()

    /// What is held this long is committed while somebody looks.
    package static let looking = Duration.milliseconds(200)
    /// What comes in so great numbers between two commits is a stream.
    private static let stream = 50
    /// Who asked is taken to look on for so long.
    private static let attention = Duration.seconds(3)

    /// The longest that a reader waits.
    static let atMost = Duration.milliseconds(500)

    package init() {}

    // MARK: The writer

    /// Called when something is wanted at once.
    package func onDemand(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Notes that something was taken in that is not on the disk.
    package func hold() { state.withLock { $0.held += 1 } }

    /// Everything that is held now, for `committed(through:)`.
    package var heldThrough: UInt64 { state.withLock { $0.held } }

    package func committed(through held: UInt64) {
        state.withLock { state in
            if held > state.committed { state.isStreaming = held - state.committed >= Self.stream }
            state.committed = max(state.committed, held)
            state.isFailing = false
        }
        ended.raise()
    }

    /// A commit failed; who waits is told, and the writer goes on trying.
    package func failed() {
        state.withLock { state in
            state.failures += 1
            state.isFailing = true
            state.wanted = 0
        }
        ended.raise()
    }

    /// When what has been held since `begun` is to be committed, where it may wait for `patience`.
    package func deadline(since begun: Instant, patience: Duration) -> Instant {
        state.withLock { state in
            if state.wanted > state.committed { return begun }
            let now = ContinuousClock.now
            var longest = patience
            let listening = state.listeners.map { state.isStreaming ? $0.inStream : $0.longest }
            if let shortest = listening.min() { longest = min(longest, shortest) }
            let isLookedAt = state.askedAt.map { now - $0 < Self.attention } ?? false
            if isLookedAt { longest = min(longest, Self.looking) }
            return begun + longest
        }
    }

    // MARK: Those who wait

    /// True once everything that is held now is on the disk; false when that does not come within
    /// `longest`, or when it cannot be written.
    package func settle(atMost longest: Duration) async -> Bool {
        let (target, failures, wake) = state.withLock { state in
            if state.held > state.committed { state.wanted = state.held }
            return (state.held, state.isFailing ? state.failures - 1 : state.failures, state.wake)
        }
        let end = ContinuousClock.now + longest
        var isFirst = true
        while !Task.isCancelled {
            let seen = ended.count
            let (isDone, hasFailed) = state.withLock { ($0.committed >= target, $0.failures != failures) }
            if isDone { return true }
            let rest = end - ContinuousClock.now
            if hasFailed || rest <= .zero { return false }
            if isFirst { wake?() }
            isFirst = false
            await ended.wait(after: seen, atMost: rest)
        }
        return false
    }

    /// Somebody reads what is stored, and is likely to read again: what was held before is on the disk when
    /// this returns, or was not within half a second.
    package func ask() async {
        let isLooking = state.withLock { state in
            let now = ContinuousClock.now
            defer { state.askedAt = now }
            return state.askedAt.map { now - $0 < Self.attention } ?? false
        }
        // What comes in meanwhile is committed without being waited for.
        if !isLooking { _ = await settle(atMost: Self.atMost) }
    }

    /// While `wait` runs, somebody has passed on all that is stored, and is to wait this long for more;
    /// `inStream` where that would make many commits.
    package func whileListening(
        _ longest: Duration, inStream: Duration? = nil, _ wait: () async -> Void
    ) async {
        let listener = Listener(longest: longest, inStream: inStream ?? longest)
        let wake = state.withLock { state in
            state.listeners.append(listener)
            return state.held > state.committed ? state.wake : nil
        }
        // What is held already may have been meant to wait longer.
        wake?()
        await wait()
        state.withLock { state in
            guard let index = state.listeners.firstIndex(of: listener) else { return }
            state.listeners.remove(at: index)
        }
    }
}
