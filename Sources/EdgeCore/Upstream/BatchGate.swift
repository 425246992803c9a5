import EdgeModel
import EdgeStore

/// Lets batches that arrive together into the database together: while one transaction is under way, the
/// next gathers.
actor BatchGate {
    typealias Item = (batch: SyncBatch, gateway: GatewayID)
    /// Batches that may wait; each is in memory.
    static let waitingLimit = 256
    /// Batches of one transaction.
    static let groupLimit = 32

    private enum Turn {
        case done(Result<SyncReceipt, any Error>)
        /// The one before is done, and this one writes now.
        case write
    }

    private let store: Store
    private var waiting: [(item: Item, continuation: CheckedContinuation<Turn, Never>)] = []
    private var isWriting = false

    init(store: Store) { self.store = store }

    /// Throws `unavailable` when too many wait.
    func receive(_ item: Item) async throws -> SyncReceipt {
        if isWriting {
            guard waiting.count < Self.waitingLimit else {
                throw EdgeError(.unavailable, "Too many batches at once", retryAfterSeconds: 5)
            }
            let turn = await withCheckedContinuation { waiting.append((item, $0)) }
            if case .done(let result) = turn { return try result.get() }
        }
        isWriting = true
        return try await write(item)
    }

    private func write(_ item: Item) async throws -> SyncReceipt {
        let group = Array(waiting.prefix(Self.groupLimit - 1))
        waiting.removeFirst(group.count)
        let result: Result<SyncReceipt, any Error>
        do {
            let results = try await store.receive([item] + group.map(\.item))
            for (other, outcome) in zip(group, results.dropFirst()) {
                other.continuation.resume(returning: .done(outcome.mapError { $0 }))
            }
            guard let own = results.first else { throw EdgeError(.internal, "a batch without an outcome") }
            result = own.mapError { $0 }
        } catch {
            for other in group { other.continuation.resume(returning: .done(.failure(error))) }
            result = .failure(error)
        }
        if waiting.isEmpty {
            isWriting = false
        } else {
            // Still writing: nobody else may begin before this one does.
            waiting.removeFirst().continuation.resume(returning: .write)
        }
        return try result.get()
    }
}
