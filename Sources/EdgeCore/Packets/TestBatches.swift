import Crypto
package import EdgeModel
import Synchronization

/// The webhook batches that were sent here on trial: the last few of each sender, in memory only.
package final class TestBatches: Sendable {
    /// Kept for one sender, and for all of them together.
    package static let perSender = 20
    static let total = 1_000
    static let totalBytes = 32 * 1_024 * 1_024
    /// A longer body is noted, and not kept.
    package static let bodyLimit = 1_024 * 1_024

    /// Who sends: a caller with a credential, or somebody who knows a webhook's token.
    package enum Sender: Hashable, Sendable {
        case organization(OrganizationID)
        case token(hash: [UInt8])

        /// The sender who knows `secret`.
        package static func holder(of secret: String) -> Sender { .token(hash: TokenIssuer.hash(secret)) }
    }

    package struct Entry: Sendable {
        package var receivedAt: Timestamp
        package var packets: Int
        /// What is wrong with it; nil for a valid batch.
        package var problem: String?
        /// Nil when it was too long to keep.
        package var body: String?
    }

    private let clock: EdgeClock
    private let entries = Mutex<[(sender: Sender, entry: Entry)]>([])

    package init(clock: EdgeClock) { self.clock = clock }

    /// Keeps a batch; what is the oldest goes where there is no room.
    package func keep(body: String, packets: Int, problem: String?, from sender: Sender) {
        let entry = Entry(
            receivedAt: clock.now().wall, packets: packets, problem: problem,
            body: body.utf8.count <= Self.bodyLimit ? body : nil)
        entries.withLock { entries in
            entries.append((sender, entry))
            let own = entries.indices.filter { entries[$0].sender == sender }
            if own.count > Self.perSender, let oldest = own.first { entries.remove(at: oldest) }
            var bytes = entries.reduce(0) { $0 + ($1.entry.body?.utf8.count ?? 0) }
            while entries.count > Self.total || bytes > Self.totalBytes {
                bytes -= entries.removeFirst().entry.body?.utf8.count ?? 0
            }
        }
    }

    /// What these senders sent, the newest first.
    package func list(_ senders: Set<Sender>) -> [Entry] {
        entries.withLock { $0.filter { senders.contains($0.sender) }.map(\.entry) }.reversed()
    }
}
