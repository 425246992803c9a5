import Synchronization

/// Says that something has changed to whoever waits, however many: the thing itself is then looked at.
///
/// Costs one lock when nobody waits. A change between two looks is never missed, as each look begins
/// with the count of changes that it knows.
package final class ChangeSignal: Sendable {
    private struct State {
        var count: UInt64 = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let state = Mutex(State())

    package init() {}

    /// How many changes there were.
    package var count: UInt64 { state.withLock { $0.count } }

    package func raise() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns once there were more than `seen` changes, or the task is cancelled.
    package func wait(after seen: UInt64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    // A cancellation before this point finds no waiter to wake.
                    guard state.count == seen, !Task.isCancelled else { return false }
                    state.waiters[id] = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Like `wait(after:)`, and returns at the latest after `longest`.
    package func wait(after seen: UInt64, atMost longest: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(after: seen) }
            group.addTask { try? await Task.sleep(for: longest) }
            await group.next()
            group.cancelAll()
        }
    }
}
