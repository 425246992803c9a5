/// Delivers the values of a sequence when they are due, those that are due together as one batch.
///
/// When the receiver kept it waiting for more than a second, the rest is late by as much: a paused
/// simulation goes on, it does not catch up in a burst.
package struct PacedSequence<Base: Sequence & Sendable, Value: Sendable, C: Clock<Duration>>: AsyncSequence,
    Sendable
where Base.Element == Timed<Value>, Base.Iterator: Sendable {
    private static var toleratedLateness: Duration { .seconds(1) }

    private let base: Base
    private let pace: Pace
    private let batchLimit: Int
    private let clock: C

    /// `batchLimit` is the most values of one batch, at least one.
    package init(_ base: Base, pace: Pace, batchLimit: Int, clock: C) {
        self.base = base
        self.pace = pace
        self.batchLimit = Swift.max(1, batchLimit)
        self.clock = clock
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeIterator(), pace: pace, batchLimit: batchLimit, clock: clock)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var base: Base.Iterator
        private let pace: Pace
        private let batchLimit: Int
        private let clock: C
        private var start: C.Instant
        private var index = 0
        private var waiting: (time: Duration, value: Value)?

        fileprivate init(base: Base.Iterator, pace: Pace, batchLimit: Int, clock: C) {
            self.base = base
            self.pace = pace
            self.batchLimit = batchLimit
            self.clock = clock
            start = clock.now
        }

        /// Throws `CancellationError` when the task is cancelled.
        package mutating func next() async throws -> [Value]? {
            try Task.checkCancellation()
            guard let first = takeNext() else { return nil }
            let elapsed = try await waitUntil(first.time)
            var batch = [first.value]
            while batch.count < batchLimit, let following = takeNext() {
                guard following.time <= elapsed else {
                    waiting = following
                    break
                }
                batch.append(following.value)
            }
            return batch
        }

        /// Returns the time that has passed since the start.
        private mutating func waitUntil(_ time: Duration) async throws -> Duration {
            let elapsed = start.duration(to: clock.now)
            if elapsed < time {
                try await clock.sleep(until: start.advanced(by: time), tolerance: nil)
                return time
            }
            if pace != .unlimited, elapsed - time > toleratedLateness {
                start = start.advanced(by: elapsed - time)
                return time
            }
            return elapsed
        }

        private mutating func takeNext() -> (time: Duration, value: Value)? {
            if let waiting {
                self.waiting = nil
                return waiting
            }
            guard let element = base.next() else { return nil }
            defer { index += 1 }
            return (pace.time(of: element.due, index: index), element.value)
        }
    }
}
