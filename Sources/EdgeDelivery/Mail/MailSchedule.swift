package import EdgeModel

/// Which letter is tried when: a value that is told what happened and says what to do. It does no I/O and
/// reads no clock.
///
/// A letter that the server puts off waits by itself; trouble with the server holds up all of them. Pauses
/// are of the monotonic clock and forgotten at a restart, attempts are counted over it.
package struct MailSchedule: Sendable {
    package enum Step: Hashable, Sendable {
        case send(WaitingMail)
        /// Nothing to do before this moment, or before there is another letter when there is none.
        case wait(until: MonotonicInstant?)
    }

    private let policy: RetryPolicy
    private let attemptLimit: Int
    /// Before these moments letters are not tried again.
    private var pauses: [String: MonotonicInstant] = [:]
    private var serverPause: MonotonicInstant?
    private var serverFailures = 0

    package init(policy: RetryPolicy, attemptLimit: Int) {
        self.policy = policy
        self.attemptLimit = attemptLimit
    }

    /// The server failed last.
    package var isInTrouble: Bool { serverFailures > 0 }

    /// What to do now, of the letters that wait, those tried least first.
    package mutating func next(of letters: [WaitingMail], at now: MonotonicInstant) -> Step {
        let ids = Set(letters.map(\.id))
        pauses = pauses.filter { ids.contains($0.key) }
        guard !letters.isEmpty else { return .wait(until: nil) }
        if let serverPause, now < serverPause { return .wait(until: serverPause) }
        let due = letters.first { letter in pauses[letter.id].map { $0 <= now } ?? true }
        return due.map(Step.send) ?? .wait(until: pauses.values.min())
    }

    /// What becomes of a letter after an attempt.
    package mutating func ended(
        _ letter: WaitingMail, _ attempt: MailAttempt, at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> MailState {
        let reason: String
        switch attempt {
        case .accepted:
            settleServer()
            return .sent
        case .refused(let why):
            settleServer()
            return .failed(why)
        case .deferred(let why):
            settleServer()
            pauses[letter.id] = now.advanced(by: pause(letter.attempts + 1, &generator))
            reason = why
        case .failed(let why):
            serverFailures += 1
            serverPause = now.advanced(by: pause(serverFailures, &generator))
            reason = why
        }
        let attempts = letter.attempts + 1
        return attempts < attemptLimit ? .queued(attempts: attempts, lastError: reason) : .failed(reason)
    }

    private func pause(_ failures: Int, _ generator: inout some RandomNumberGenerator) -> Duration {
        policy.pause(afterFailures: failures, asked: nil, using: &generator)
    }

    private mutating func settleServer() { (serverFailures, serverPause) = (0, nil) }
}
