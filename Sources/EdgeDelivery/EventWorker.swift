import EdgeModel
import EdgeStore
import Logging

/// Tells one webhook of the events that it wants, in order, until it is deleted or the gateway stops.
/// Beside the packets, so that neither waits for the other; by the same rules of trying again.
struct EventWorker {
    let id: WebhookID
    let organization: OrganizationID
    let store: Store
    let options: DeliveryOptions
    let slots: AttemptSlots
    let stop: StopFlag
    let logger: Logger

    private var connection: DeliveryConnection
    private var schedule: DeliverySchedule
    private var generator = SystemRandomNumberGenerator()
    /// The URL and the secret that the attempts are counted for.
    private var destination: (url: String, secret: SecretBytes)?

    private static let batchLimit = 100
    private static let storePause = Duration.seconds(1)

    init(
        _ webhook: Webhook, store: Store, options: DeliveryOptions, resolver: AddressResolver,
        slots: AttemptSlots, stop: StopFlag, logger: Logger
    ) {
        id = webhook.id
        organization = webhook.organization
        self.store = store
        self.options = options
        self.slots = slots
        self.stop = stop
        self.logger = logger
        connection = DeliveryConnection(rule: options.rule, resolver: resolver, clock: store.clock)
        schedule = DeliverySchedule(policy: options.retry)
    }

    mutating func run() async {
        var isInTrouble = false
        while true {
            // Looked at first, so that no change falls between the looks and the waiting.
            let (seen, revision) = (store.eventChanges.count, store.webhookRevision)
            guard !stop.isRaised, !Task.isCancelled else { break }
            do {
                guard try await step(seen, revision) else { break }
                isInTrouble = false
            } catch {
                guard !Task.isCancelled, !(error is CancellationError) else { break }
                if !isInTrouble {
                    logger.error(
                        "events wait for the store", metadata: ["webhook.id": "\(id)", "error": "\(error)"])
                }
                isInTrouble = true
                try? await Task.sleep(for: Self.storePause)
            }
        }
        await connection.close()
    }

    /// False when the webhook is there no more.
    private mutating func step(_ seen: UInt64, _ revision: Int64) async throws -> Bool {
        guard let webhook = try await store.webhook(id, of: organization) else { return false }
        if let destination, destination.url != webhook.url || destination.secret != webhook.secret {
            schedule.reset()
        }
        destination = (webhook.url, webhook.secret)
        guard webhook.pause == nil, !webhook.isElsewhere,
            let found = try await store.events(for: id, limit: Self.batchLimit)
        else {
            await store.eventChanges.wait(after: seen)
            return true
        }
        guard !found.events.isEmpty else {
            await store.eventChanges.wait(after: seen)
            return true
        }
        // One is worth an attempt of its own.
        let now = store.clock.now().monotonic
        if case .wait(let moment) = schedule.next(waiting: found.events.count, limit: 1, at: now) {
            await store.eventChanges.wait(after: seen, atMost: moment?.since(now) ?? Self.storePause)
            return true
        }
        try await slots.with { try await deliver(found.events, through: found.through, to: webhook) }
        return true
    }

    private mutating func deliver(_ events: [GatewayEvent], through: Int64, to webhook: Webhook) async throws
    {
        let isRetry = schedule.isRetrying
        let began = store.clock.now().monotonic
        let outcome = try await connection.post(
            options.renderEvents(events), to: webhook.url, secret: webhook.secret)
        let ended = store.clock.now().monotonic
        let verdict = schedule.ended(outcome, beganAt: began, at: ended, using: &generator)
        let reason = outcome.reason ?? ""
        let result: AttemptRecord.Result =
            switch verdict {
            case .confirm: .delivered
            case .retry: .failed(reason)
            case .park: .parked(reason)
            case .pause: .gone
            }
        if verdict == .confirm || verdict == .park { try await store.setEventCursor(through, of: id) }
        // The cursor of packets stays where it is.
        _ = try await store.record(
            AttemptRecord(result, through: 0, isRetry: isRetry, duration: ended.since(began)), of: id)
    }
}
