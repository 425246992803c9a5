import Synchronization

/// The bounded queue between the radios and the pipeline.
///
/// `offer` never waits: a radio must not stand still for a disk. When the queue is full the
/// newest sightings are refused and counted. One consumer takes batches with `next`.
package final class SightingQueue: Sendable {
    package let capacity: Int
    private let state = Mutex(State())

    private struct State {
        var pending: [Sighting] = []
        var accepted: UInt64 = 0
        var dropped: UInt64 = 0
        var isFinished = false
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    package init(capacity: Int) { self.capacity = capacity }

    /// Adds one sighting. False when the queue was full or finished, and the sighting was dropped.
    @discardableResult
    package func offer(_ sighting: Sighting) -> Bool {
        offer(CollectionOfOne(sighting)) == 1
    }

    /// Adds sightings in order, as many as fit; the rest is dropped and counted.
    /// Returns how many were taken.
    @discardableResult
    package func offer(_ sightings: some Collection<Sighting>) -> Int {
        let (taken, waiter) = state.withLock { state -> (Int, CheckedContinuation<Void, Never>?) in
            let room = state.isFinished ? 0 : max(0, capacity - state.pending.count)
            let taken = min(room, sightings.count)
            state.pending.append(contentsOf: sightings.prefix(taken))
            state.accepted += UInt64(taken)
            state.dropped += UInt64(sightings.count - taken)
            return (taken, taken > 0 ? state.takeWaiter() : nil)
        }
        waiter?.resume()
        return taken
    }

    /// Waits until there is a sighting or `wake` was called, then takes everything that is pending:
    /// nothing, after a `wake`. Nil once the queue is finished and drained.
    package func next() async -> [Sighting]? {
        while true {
            enum Step {
                case batch([Sighting])
                case finished, wait
            }
            let step = state.withLock { state -> Step in
                guard state.pending.isEmpty, !state.isWoken else {
                    defer {
                        state.pending = []
                        state.isWoken = false
                    }
                    return .batch(state.pending)
                }
                return state.isFinished ? .finished : .wait
            }
            switch step {
            case .batch(let batch): return batch
            case .finished: return nil
            case .wait: await waitForWork()
            }
        }
    }

    /// Like `next`, and returns with nothing after `longest`; nil waits for ever.
    package func next(atMost longest: Duration?) async -> [Sighting]? {
        guard let longest, state.withLock({ $0.pending.isEmpty && !$0.isWoken && !$0.isFinished }) else {
            return await next()
        }
        return await withTaskGroup { group in
            group.addTask {
                do { try await Task.sleep(for: longest) } catch { return }
                self.wake()
            }
            defer { group.cancelAll() }
            return await next()
        }
    }

    /// Up to so many of what is pending, the oldest first, without waiting.
    package func take(atMost limit: Int) -> [Sighting] {
        state.withLock { state in
            let taken = Array(state.pending.prefix(limit))
            state.pending.removeFirst(taken.count)
            return taken
        }
    }

    private func waitForWork() async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                guard state.pending.isEmpty, !state.isFinished, !state.isWoken else { return true }
                state.waiter = continuation
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }

    /// Lets the consumer look up, although there may be no sighting for it.
    package func wake() {
        state.withLock { state in
            state.isWoken = true
            return state.takeWaiter()
        }?.resume()
    }

    /// No more sightings are taken; the consumer gets what is pending and then nil.
    package func finish() {
        state.withLock { state in
            state.isFinished = true
            return state.takeWaiter()
        }?.resume()
    }

    package struct Statistics: Sendable {
        package var pending: Int
        package var accepted: UInt64
        package var dropped: UInt64
    }

    package var statistics: Statistics {
        state.withLock {
            Statistics(pending: $0.pending.count, accepted: $0.accepted, dropped: $0.dropped)
        }
    }
}
