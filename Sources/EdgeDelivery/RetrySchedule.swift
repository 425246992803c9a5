package import EdgeModel

/// When a destination that may have failed is tried next, webhooks and upstreams alike: a value that is told
/// what happened. It does no I/O and reads no clock.
package struct RetrySchedule: Sendable {
    package let policy: RetryPolicy
    /// Failures in a row.
    package private(set) var failures = 0
    /// No attempt is made before this moment; nil where none has failed.
    package private(set) var nextAttemptAt: MonotonicInstant?

    package init(policy: RetryPolicy) { self.policy = policy }

    /// Until when there is to be no attempt; nil when one may be made now.
    package func wait(at now: MonotonicInstant) -> MonotonicInstant? {
        nextAttemptAt.flatMap { now < $0 ? $0 : nil }
    }

    /// An attempt has failed, and the other side asked not to be tried again for a while. Gives the moment of
    /// the next.
    @discardableResult
    package mutating func failed(
        asked: Duration?, at now: MonotonicInstant, using generator: inout some RandomNumberGenerator
    ) -> MonotonicInstant {
        failures += 1
        let pause = policy.pause(afterFailures: failures, asked: asked, using: &generator)
        let moment = now.advanced(by: pause)
        nextAttemptAt = moment
        return moment
    }

    /// What failed is given up. What comes instead is not tried in a hurry either.
    package mutating func gaveUp() { failures = 0 }

    package mutating func succeeded() {
        failures = 0
        nextAttemptAt = nil
    }
}
