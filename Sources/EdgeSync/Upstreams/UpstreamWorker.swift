import EdgeDelivery
import EdgeModel
import EdgeStore

/// Keeps one upstream up to date, until it is removed or the task is cancelled: holds it while it is paused,
/// tries it again after failures, and says how it is doing. What is said there is the conversation's.
struct UpstreamWorker<Conversation: UpstreamConversation> {
    /// A moment that has all but come is not waited for more finely.
    private static var shortestWait: Duration { .milliseconds(20) }

    /// So long a packet may wait for its commit, for company on its way; and so long where there is plenty.
    private static var listening: Duration { .seconds(7) }
    private static var listeningInStream: Duration { .seconds(30) }

    private var conversation: Conversation

    init(_ conversation: Conversation) { self.conversation = conversation }

    /// Gives the ledger as it was when the task was cancelled, to be written down where nothing is cancelled;
    /// nil when the upstream was removed.
    mutating func run() async -> UpstreamLedger? {
        let changes = conversation.ledger.store.changes
        while !Task.isCancelled, !conversation.ledger.isRemoved {
            // Looked at first, so that no change falls between the looks and the waiting.
            let seen = changes.count
            do {
                try await step(seen)
            } catch {
                if Task.isCancelled { break }
                await fail(error as? UpstreamFailure ?? .failed("\(error)"))
            }
        }
        await conversation.hangUp()
        return conversation.ledger.isRemoved ? nil : conversation.ledger
    }

    private mutating func step(_ seen: UInt64) async throws {
        try await conversation.ledger.reload()
        if conversation.ledger.isRemoved { return }
        if conversation.ledger.upstream.isPaused { return await pause(seen) }
        let now = conversation.ledger.now
        if let moment = conversation.ledger.troubles.held(at: now)[.contact] {
            try await note()
            return await changes(seen, until: moment, at: now)
        }
        // Where nothing comes before it.
        conversation.ledger.asking = .contact
        if let moment = try await conversation.advance(at: now) {
            try await note()
            let demand = conversation.ledger.store.packetDemand
            await demand.whileListening(Self.listening, inStream: Self.listeningInStream) {
                await changes(seen, until: moment, at: now)
            }
        } else {
            conversation.ledger.hasSucceeded()
        }
    }

    private mutating func pause(_ seen: UInt64) async {
        await conversation.hangUp()
        conversation.ledger.isHeld()
        conversation.forget()
        await conversation.ledger.store.changes.wait(after: seen)
    }

    private mutating func note() async throws {
        await conversation.ledger.show(beyond: conversation.known, isLast: true)
        try await conversation.ledger.noteNowAndThen()
    }

    private func changes(_ seen: UInt64, until moment: MonotonicInstant, at now: MonotonicInstant) async {
        await conversation.ledger.store.changes.wait(
            after: seen, atMost: max(Self.shortestWait, moment.since(now)))
    }

    private mutating func fail(_ failure: UpstreamFailure) async {
        conversation.forget()
        conversation.ledger.hasFailed(failure)
        await conversation.ledger.show(beyond: conversation.known, isLast: true)
    }
}
