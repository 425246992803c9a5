/// Pauses between attempts: each twice as long as the last up to a limit, each shortened by up to a
/// half at random, so that many gateways do not knock at the same moment.
struct RetryPause: Sendable {
    private let first: Duration
    private let longest: Duration
    private var nextPause: Duration

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        nextPause = first
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let pause = nextPause
        nextPause = min(pause * 2, longest)
        return pause * Double.random(in: 0.5...1, using: &generator)
    }

    /// To be called after a success.
    mutating func reset() { nextPause = first }
}
