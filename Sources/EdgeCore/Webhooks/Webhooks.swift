package import EdgeModel
package import EdgeStore

/// What the core needs of those who deliver.
package struct WebhookDelivery: Sendable {
    /// What came of a trial.
    package struct Trial: Sendable {
        package var isSuccess: Bool
        /// Nil when there was no answer.
        package var status: Int?
        package var error: String?

        package init(isSuccess: Bool, status: Int?, error: String?) {
            self.isSuccess = isSuccess
            self.status = status
            self.error = error
        }
    }

    package var rule: DestinationRule
    package var test: @Sendable (Webhook) async throws -> Trial

    package init(rule: DestinationRule, test: @escaping @Sendable (Webhook) async throws -> Trial) {
        self.rule = rule
        self.test = test
    }

    /// Where nothing is delivered.
    package static let none = WebhookDelivery(rule: DestinationRule()) { _ in
        throw EdgeError(.unavailable, "Webhooks are not delivered here")
    }
}

/// Registering, changing, trying and deleting webhooks.
package struct Webhooks: Sendable {
    private let store: Store
    private let delivery: WebhookDelivery

    package static let standardBatchSize = 100

    package init(store: Store, delivery: WebhookDelivery) {
        self.store = store
        self.delivery = delivery
    }

    package struct Request: Sendable {
        package var url: String
        package var name: String
        package var maxBatchSize: Int?
        /// Nil for one that is made here.
        package var secret: String?
        package var shape: Webhook.Shape?
        /// Nil for packets alone.
        package var events: Set<WebhookEvent>?
        package var place = Webhook.Place.here

        package init(
            url: String, name: String, maxBatchSize: Int?, secret: String?, shape: Webhook.Shape?,
            events: Set<WebhookEvent>? = nil
        ) {
            self.events = events
            self.url = url
            self.name = name
            self.maxBatchSize = maxBatchSize
            self.secret = secret
            self.shape = shape
        }
    }

    /// Registers a webhook for the packets that come from now on. Throws `invalid` for what the rules
    /// do not allow, `conflict` when there are too many.
    package func create(_ request: Request, in organization: OrganizationID, by origin: Origin) async throws
        -> Webhook
    {
        let now = store.clock.now().wall
        var webhook = Webhook(
            id: WebhookID(UniqueID.random().description), organization: organization,
            name: try WebhookRules.check(name: request.name),
            url: try WebhookRules.check(url: request.url, delivery.rule),
            maxBatchSize: try WebhookRules.check(
                maxBatchSize: request.maxBatchSize ?? Self.standardBatchSize),
            secret: try request.secret.map(WebhookRules.check(secret:)) ?? WebhookRules.freshSecret(),
            shape: request.shape ?? .both, createdAt: now, updatedAt: now)
        webhook.events = request.events ?? [.packets]
        webhook.place = request.place
        try await store.addWebhook(
            webhook, limit: WebhookRules.limit, audit: note(.webhookCreate, in: organization, by: origin))
        return webhook
    }

    /// Oldest first.
    package func list(_ organization: OrganizationID) async throws -> [Webhook] {
        try await store.webhooks(of: organization)
    }

    /// Throws `notFound` also for the webhook of another organization.
    package func find(_ id: WebhookID, in organization: OrganizationID) async throws -> Webhook {
        guard let webhook = try await store.webhook(id, of: organization) else { throw Self.missing }
        return webhook
    }

    package struct Change: Sendable {
        package var url: String?
        package var name: String?
        package var maxBatchSize: Int?
        package var secret: String?
        package var shape: Webhook.Shape?
        /// Paused, or active again.
        package var isPaused: Bool?
        package var events: Set<WebhookEvent>?
        package var place: Webhook.Place?
        package init() {}
    }

    /// Takes effect with the next attempt. A new URL resumes a webhook whose receiver was gone.
    package func update(
        _ id: WebhookID, _ change: Change, in organization: OrganizationID, by origin: Origin
    ) async throws -> Webhook {
        var checked = WebhookChange()
        checked.name = try change.name.map(WebhookRules.check(name:))
        checked.url = try change.url.map { try WebhookRules.check(url: $0, delivery.rule) }
        checked.maxBatchSize = try change.maxBatchSize.map(WebhookRules.check(maxBatchSize:))
        checked.secret = try change.secret.map(WebhookRules.check(secret:))
        checked.shape = change.shape
        checked.isPaused = change.isPaused
        checked.events = change.events
        checked.place = change.place
        let audit = note(.webhookUpdate, in: organization, by: origin)
        guard let webhook = try await store.updateWebhook(id, of: organization, checked, audit: audit) else {
            throw Self.missing
        }
        return webhook
    }

    /// No further attempt begins, whatever waits.
    package func delete(_ id: WebhookID, in organization: OrganizationID, by origin: Origin) async throws {
        let audit = note(.webhookDelete, in: organization, by: origin)
        guard try await store.deleteWebhook(id, of: organization, audit: audit) else { throw Self.missing }
    }

    private func note(_ action: AuditAction, in organization: OrganizationID, by origin: Origin) -> AuditNote
    {
        AuditNote(action, by: origin, at: store.clock.now().wall, in: organization)
    }

    /// Sends a delivery without packets, as a delivery would go, and tells what came of it.
    package func test(_ id: WebhookID, in organization: OrganizationID) async throws -> WebhookDelivery.Trial
    {
        try await delivery.test(try await find(id, in: organization))
    }

    private static var missing: EdgeError { .notFound("Webhook not found") }
}
