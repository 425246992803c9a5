/// When a destination that failed is tried again: webhooks and the upstream alike.
package struct RetryPolicy: Hashable, Sendable {
    /// The pause after the first failure; each further one is twice as long.
    package var first: Duration
    /// No pause is longer.
    package var longest: Duration
    /// Each pause is up to this part longer or shorter, so that many do not come back at once.
    package var jitter: Double
    /// A delivery that was first tried this long ago is given up.
    package var patience: Duration

    package init(
        first: Duration = .seconds(1), longest: Duration = .seconds(300), jitter: Double = 0.2,
        patience: Duration = .seconds(3 * 3_600)
    ) {
        self.first = first
        self.longest = longest
        self.jitter = jitter
        self.patience = patience
    }

    /// The pause after so many failures in a row, or what the receiver asks for if that is longer.
    package func pause(
        afterFailures failures: Int, asked: Duration?, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let doublings = min(max(failures, 1) - 1, 30)
        let plain = min(first * (1 << doublings), longest)
        let jittered = plain * Double.random(in: 1 - jitter...1 + jitter, using: &generator)
        return min(max(jittered, asked ?? .zero), max(longest, jittered))
    }
}
