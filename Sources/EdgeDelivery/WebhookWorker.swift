import CoreMetrics
import EdgeModel
import EdgeStore
import Logging

/// Delivers to one webhook, in order, one batch at a time, until it is deleted or the gateway stops.
struct WebhookWorker {
    let id: WebhookID
    let organization: OrganizationID
    let store: Store
    let options: DeliveryOptions
    let slots: AttemptSlots
    let doubtfulSlots: AttemptSlots
    let metrics: DeliveryMetrics
    let stop: StopFlag
    let logger: Logger

    private let reader: BatchReader
    private var connection: DeliveryConnection
    private var schedule: DeliverySchedule
    private var generator = SystemRandomNumberGenerator()
    private var webhook: Webhook?
    private var revision: Int64 = -1
    /// Everything up to here is delivered, given up or not for this webhook.
    private var position: Int64 = 0
    /// What of `position` is written.
    private var cursor: Int64 = 0
    /// The end of the batch that is tried again: a retry is of the same packets.
    private var pinned: Int64?
    private var ahead: DeliveryBatch?
    /// The last attempt failed.
    private var isDoubtful: Bool

    /// What is read ahead of the database when `position` moves without a delivery.
    private static let cursorSlack: Int64 = 10_000
    private static let storePause = Duration.seconds(1)

    init(
        _ webhook: Webhook, store: Store, options: DeliveryOptions, resolver: AddressResolver,
        slots: AttemptSlots, doubtfulSlots: AttemptSlots, metrics: DeliveryMetrics, stop: StopFlag,
        logger: Logger
    ) {
        id = webhook.id
        organization = webhook.organization
        self.store = store
        self.options = options
        self.slots = slots
        self.doubtfulSlots = doubtfulSlots
        isDoubtful = webhook.progress.lastError != nil
        self.metrics = metrics
        self.stop = stop
        self.logger = logger
        connection = DeliveryConnection(rule: options.rule, resolver: resolver, clock: store.clock)
        schedule = DeliverySchedule(policy: options.retry)
        reader = BatchReader(store: store, render: options.render)
        position = min(webhook.progress.cursor, store.lastSequence)
        cursor = position
    }

    private var now: MonotonicInstant { store.clock.now().monotonic }

    mutating func run() async {
        var isInTrouble = false
        while true {
            // Looked at first, so that no change falls between the looks and the waiting.
            let seen = store.changes.count
            guard !stop.isRaised, !Task.isCancelled else { break }
            do {
                guard try await step(seen) else { break }
                isInTrouble = false
            } catch {
                guard !Task.isCancelled, !(error is CancellationError) else { break }
                if !isInTrouble {
                    logger.error(
                        "deliveries wait for the store",
                        metadata: ["webhook.id": "\(id)", "error": "\(error)"])
                }
                isInTrouble = true
                ahead = nil
                try? await Task.sleep(for: Self.storePause)
            }
        }
        await connection.close()
    }

    /// False when the webhook is there no more.
    private mutating func step(_ seen: UInt64) async throws -> Bool {
        guard let webhook = try await current() else { return false }
        guard webhook.pause == nil, !webhook.isElsewhere else {
            await connection.close()
            await store.changes.wait(after: seen)
            return true
        }
        guard webhook.events.contains(.packets) else {
            try await pass(to: store.lastSequence)
            await store.changes.wait(after: seen)
            return true
        }
        let waiting = Int(max(0, store.lastSequence - position))
        switch schedule.next(waiting: waiting, limit: webhook.maxBatchSize, at: now) {
        case .wait(let moment):
            guard !schedule.isRetrying else {
                await wait(seen, until: moment)
                return true
            }
            await store.packetDemand.whileListening(.seconds(1)) { await wait(seen, until: moment) }
            return true
        case .attempt:
            return try await deliver(to: webhook, waiting: waiting)
        }
    }

    private func wait(_ seen: UInt64, until moment: MonotonicInstant?) async {
        guard let moment else { return await store.changes.wait(after: seen) }
        await store.changes.wait(after: seen, atMost: moment.since(now))
    }

    /// The webhook as it is now. What has changed takes effect with the next attempt.
    private mutating func current() async throws -> Webhook? {
        let latest = store.webhookRevision
        if let webhook, revision == latest { return webhook }
        let fresh = try await store.webhook(id, of: organization)
        if let fresh, let known = webhook,
            fresh.url != known.url || fresh.secret != known.secret
                || (fresh.pause == nil) != (known.pause == nil) || fresh.isElsewhere != known.isElsewhere
        {
            schedule.reset()
            if known.isElsewhere { position = max(position, fresh.progress.cursor) }
        }
        webhook = fresh
        revision = latest
        return fresh
    }

    private mutating func deliver(to webhook: Webhook, waiting: Int) async throws -> Bool {
        guard try await limitBacklog(waiting) else { return false }
        // A body is in memory only while it has a slot.
        let slots = isDoubtful ? doubtfulSlots : slots
        return try await slots.with { try await deliverInSlot(to: webhook, waiting: waiting) }
    }

    private mutating func deliverInSlot(to webhook: Webhook, waiting: Int) async throws -> Bool {
        // It may have changed, or gone, while this waited for its turn.
        guard store.webhookRevision == revision, !stop.isRaised else { return true }
        guard let batch = try await batch(for: webhook, waiting: waiting) else { return true }
        let isRetry = schedule.isRetrying
        let began = now
        let (reader, number) = (reader, revision)
        async let following = isRetry ? nil : reader.readBehind(batch, webhook, revision: number)
        let outcome = try await connection.post(batch.body, to: webhook.url, secret: webhook.secret)
        ahead = await following
        let ended = now
        metrics.count(outcome)
        isDoubtful = outcome.reason != nil
        let verdict = schedule.ended(outcome, beganAt: began, at: ended, using: &generator)
        let reason = outcome.reason ?? ""
        let result: AttemptRecord.Result =
            switch verdict {
            case .confirm: .delivered
            case .retry: .failed(reason)
            case .park: .parked(reason)
            case .pause: .gone
            }
        let record = AttemptRecord(
            result, through: batch.through, isRetry: isRetry, duration: ended.since(began))
        if verdict == .confirm { metrics.packets.increment(by: batch.count) } else { ahead = nil }
        return try await settle(verdict, batch, record)
    }

    private mutating func settle(
        _ verdict: DeliverySchedule.Verdict, _ batch: DeliveryBatch, _ record: AttemptRecord
    ) async throws -> Bool {
        switch verdict {
        case .confirm:
            pinned = nil
            // Not confirmed is to be sent again, so an error here leaves the position as it was.
            guard try await store.record(record, of: id) else { return false }
            position = batch.through
            cursor = position
        case .park:
            pinned = nil
            guard try await store.record(record, of: id) else { return false }
            position = batch.through
            cursor = position
            metrics.parked.increment()
            logger.warning(
                "a delivery was given up",
                metadata: ["webhook.id": "\(id)", "delivery.packets": "\(batch.count)"])
        case .retry:
            pinned = batch.through
            return try await store.record(record, of: id)
        case .pause:
            pinned = nil
            guard try await store.record(record, of: id) else { return false }
            webhook?.pause = .gone
            logger.warning("a receiver is gone; its webhook is paused", metadata: ["webhook.id": "\(id)"])
        }
        return true
    }

    /// What is to be delivered now; nil when that is nothing, or too little so early.
    private mutating func batch(for webhook: Webhook, waiting: Int) async throws -> DeliveryBatch? {
        var batch = ahead
        ahead = nil
        if batch?.after != position || batch?.revision != revision || schedule.isRetrying { batch = nil }
        if batch == nil || (batch?.hasMore == false && pinned == nil) {
            batch = try await reader.read(
                webhook, after: position, through: pinned, revision: revision)
        }
        guard let batch, batch.count > 0 else {
            pinned = nil
            schedule.foundNothing()
            try await pass(to: batch?.through ?? position)
            return nil
        }
        guard batch.hasMore || batch.count >= webhook.maxBatchSize || schedule.isDue(at: now) else {
            schedule.tooEarly(found: batch.count, of: waiting, limit: webhook.maxBatchSize)
            return nil
        }
        return batch
    }

    /// Moves on past packets that are not for this webhook; writes so now and then.
    private mutating func pass(to sequence: Int64) async throws {
        position = max(position, sequence)
        guard position - cursor > Self.cursorSlack else { return }
        try await store.skip(to: position, of: id)
        cursor = position
    }

    /// Drops what is too much or too old to wait any longer. False when the webhook is there no more.
    private mutating func limitBacklog(_ waiting: Int) async throws -> Bool {
        guard waiting > options.backlog.packets || schedule.isRetrying else { return true }
        guard let cursor = try await store.dropBacklog(of: id, beyond: options.backlog) else { return false }
        guard cursor > position else { return true }
        logger.warning(
            "packets for a webhook were dropped: too many waited", metadata: ["webhook.id": "\(id)"])
        position = cursor
        self.cursor = cursor
        ahead = nil
        if let pinned, pinned <= position {
            self.pinned = nil
            schedule.reset()
        }
        return true
    }
}
