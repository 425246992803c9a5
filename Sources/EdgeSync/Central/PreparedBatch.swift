import EdgeModel
import EdgeStore
import SyncProtocol

/// A batch as it goes out.
struct PreparedBatch: Sendable {
    var epoch: UniqueID
    var range: ClosedRange<Int64>
    /// Rows in it.
    var count: Int
    /// The sequence number of the first of them; nil when there is none.
    var first: Int64?
    var packed: [UInt8]

    /// The rows from the beginning of `range`, at most `limit`.
    static func make(
        from store: Store, _ organization: OrganizationID, _ range: ClosedRange<Int64>, limit: Int
    ) async throws -> PreparedBatch {
        let epoch = store.epoch
        let found = try await store.outgoing(organization, in: range, limit: limit)
        let settled = range.lowerBound...max(range.lowerBound, found.through)
        let batch = SyncBatch(epoch: epoch, range: settled, packets: found.packets)
        return PreparedBatch(
            epoch: epoch, range: settled, count: found.packets.count, first: found.packets.first?.sequence,
            packed: try pack(batch))
    }

    /// Nil where there is no beginning.
    static func makeIfAny(
        from store: Store, _ organization: OrganizationID, _ first: Int64?, _ last: Int64, limit: Int
    ) async throws -> PreparedBatch? {
        guard let first, first <= last else { return nil }
        return try await make(from: store, organization, first...last, limit: limit)
    }

    static func pack(_ batch: SyncBatch) throws -> [UInt8] {
        guard let packed = GzipFormat.deflate(BatchFormat.encode(batch)) else {
            throw EdgeError(.unavailable, "There is no memory to pack a batch")
        }
        return packed
    }
}
