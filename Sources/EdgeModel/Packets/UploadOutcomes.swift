import Synchronization

/// Where the pipeline tells those who wait for it what became of their batch.
///
/// Bounded: beyond the capacity, who would wait is refused.
package final class UploadOutcomes: Sendable {
    package static let capacity = 256

    /// For each sighting of a batch the sequence number of its packet; nil where no key opened it.
    package typealias Sequences = [Int64?]

    private let waiting = Mutex<[UploadName: AsyncStream<Sequences>.Continuation]>([:])

    package init() {}

    /// Runs `spool`, which puts the batch into the spool, then waits until the pipeline has recorded
    /// it. Nil when that takes longer than `limit`. Throws `unavailable` when too many wait.
    package func sequences(
        of name: UploadName, within limit: Duration, after spool: () async throws -> Void
    ) async throws -> Sequences? {
        let (results, continuation) = AsyncStream.makeStream(
            of: Sequences.self, bufferingPolicy: .bufferingNewest(1))
        try waiting.withLock { waiting in
            guard waiting.count < Self.capacity else {
                throw EdgeError(.unavailable, "Too many requests wait for the pipeline; try again")
            }
            waiting[name] = continuation
        }
        defer { waiting.withLock { $0[name] = nil } }
        try await spool()
        return await withTaskGroup(of: Sequences?.self) { group in
            group.addTask { await results.first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Called by the pipeline after the commit. Costs next to nothing when nobody waits.
    package func report(_ name: UploadName, _ sequences: @autoclosure () -> Sequences) {
        guard let waiter = waiting.withLock({ $0[name] }) else { return }
        waiter.yield(sequences())
        waiter.finish()
    }
}
