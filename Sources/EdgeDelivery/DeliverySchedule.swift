package import EdgeModel

/// When one destination gets its next delivery: a value that is told what happened and says what to
/// do. It does no I/O and reads no clock.
///
/// A delivery begins when it is full, or so long after its first packet came; after a failure it is
/// tried again by the `RetryPolicy` until that gives it up.
package struct DeliverySchedule: Sendable {
    package enum Action: Hashable, Sendable {
        /// Nothing to do before this moment, or before something changes when there is none.
        case wait(until: MonotonicInstant?)
        /// Read what waits, at most the limit of a batch, and deliver it.
        case attempt
    }

    package enum Verdict: Hashable, Sendable {
        case confirm
        /// The same packets again, when `next` says so.
        case retry
        /// These packets are given up.
        case park
        /// The receiver is gone.
        case pause
    }

    /// The longest that a packet waits for company.
    package static let gathering = Duration.seconds(2)

    private var retry: RetrySchedule
    /// When the first of the waiting packets was noticed.
    private var waitingSince: MonotonicInstant?
    /// A look at what waits found too little; another is of use once so many more wait.
    private var lookAgainAt = 0
    private var firstAttemptAt: MonotonicInstant?

    package init(policy: RetryPolicy = RetryPolicy()) { retry = RetrySchedule(policy: policy) }

    /// Failures in a row of the delivery that is under way.
    package var failures: Int { retry.failures }

    /// The delivery that comes was tried before.
    package var isRetrying: Bool { failures > 0 }

    /// What to do now. `waiting` is at least how many packets wait.
    package mutating func next(waiting: Int, limit: Int, at now: MonotonicInstant) -> Action {
        if let moment = retry.wait(at: now) { return .wait(until: moment) }
        if retry.nextAttemptAt != nil {
            // After a delivery that was given up, the next has waited long enough.
            if !isRetrying {
                retry.succeeded()
                waitingSince = MonotonicInstant(nanoseconds: 0)
            }
            return .attempt
        }
        guard waiting > 0 else {
            settle()
            return .wait(until: nil)
        }
        let since = waitingSince ?? now
        waitingSince = since
        let due = since.advanced(by: Self.gathering)
        return now >= due || waiting >= max(limit, lookAgainAt) ? .attempt : .wait(until: due)
    }

    /// Whether a batch that is not full goes out now.
    package func isDue(at now: MonotonicInstant) -> Bool {
        isRetrying || (waitingSince.map { now >= $0.advanced(by: Self.gathering) } ?? false)
    }

    /// Of `waiting` packets only `found` are for this destination, and it is too early for so few.
    package mutating func tooEarly(found: Int, of waiting: Int, limit: Int) {
        lookAgainAt = waiting + limit - found
    }

    /// Of what waited nothing is for this destination.
    package mutating func foundNothing() { settle() }

    package mutating func ended(
        _ outcome: AttemptOutcome, beganAt began: MonotonicInstant, at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        switch outcome {
        case .delivered:
            settle()
            return .confirm
        case .gone:
            settle()
            return .pause
        case .failed(let failure):
            let first = firstAttemptAt ?? began
            firstAttemptAt = first
            let next = retry.failed(asked: failure.retryAfter, at: now, using: &generator)
            guard next.since(first) < retry.policy.patience else {
                beginAnew()
                retry.gaveUp()
                return .park
            }
            return .retry
        }
    }

    /// The destination is another one now: what was learned of the old one does not count.
    package mutating func reset() { settle() }

    private mutating func settle() {
        beginAnew()
        retry.succeeded()
    }

    private mutating func beginAnew() {
        waitingSince = nil
        lookAgainAt = 0
        firstAttemptAt = nil
    }
}

extension MonotonicInstant {
    package func advanced(by duration: Duration) -> MonotonicInstant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(
            UInt64(clamping: duration.microseconds).multipliedReportingOverflow(by: 1_000).partialValue)
        return MonotonicInstant(nanoseconds: overflow ? .max : sum)
    }
}
