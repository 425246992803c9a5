import EdgeModel
import Synchronization

/// Lets one upstream be added at a time. A central gives a credential for the one before when a code comes
/// again, and whether there is an upstream is known only once it is kept: two at once would leave two, one of
/// them with a credential that is not good any more.
final class UpstreamTurn: Sendable {
    private let isTaken = Atomic<Bool>(false)

    /// Throws `conflict` while another is being added.
    func with<Value>(_ body: () async throws -> Value) async throws -> Value {
        guard !isTaken.exchange(true, ordering: .acquiring) else {
            throw EdgeError(.conflict, "An upstream is being added; try again when that is done")
        }
        defer { isTaken.store(false, ordering: .releasing) }
        return try await body()
    }
}
