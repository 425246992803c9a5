import EdgeModel
import EdgeStore
import NIOCore

/// Packets for one delivery, written out.
struct DeliveryBatch: Sendable {
    /// The number of webhook changes that were known when it was made.
    var revision: Int64
    /// The sequence number before it.
    var after: Int64
    /// The last sequence number that it settles.
    var through: Int64
    var count: Int
    /// More wait behind it.
    var hasMore: Bool
    var body: ByteBuffer
}

/// Reads what waits for a webhook.
struct BatchReader: Sendable {
    let store: Store
    let render: DeliveryRenderer

    /// How long a delivery waits for the codecs of its packets.
    private static let decodingPatience = Duration.seconds(1)

    /// What lies above `after`, up to `last` if there is one.
    func read(_ webhook: Webhook, after: Int64, through last: Int64?, revision: Int64) async throws
        -> DeliveryBatch
    {
        let end = last ?? store.lastSequence
        await store.waitForDecodings(
            through: min(end, after + Int64(webhook.maxBatchSize)), atMost: Self.decodingPatience)
        let page = try await store.packets(
            after: after, through: end, of: webhook.organization, limit: webhook.maxBatchSize)
        return DeliveryBatch(
            revision: revision, after: after, through: page.next ?? max(end, after),
            count: page.entries.count, hasMore: page.next != nil,
            body: page.entries.isEmpty ? ByteBuffer() : render(page.entries, webhook.shape))
    }

    /// What comes after `batch`, while that is under way. What cannot be read now is read when it is
    /// needed.
    func readBehind(_ batch: DeliveryBatch, _ webhook: Webhook, revision: Int64) async -> DeliveryBatch? {
        guard batch.hasMore else { return nil }
        return try? await read(webhook, after: batch.through, through: nil, revision: revision)
    }
}
