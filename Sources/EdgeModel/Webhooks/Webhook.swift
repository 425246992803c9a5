/// A webhook's identifier. Opaque text; generated ones are UUIDs.
package struct WebhookID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// A customer's subscribed URL, and how far its deliveries have come.
package struct Webhook: Sendable {
    package var id: WebhookID
    package var organization: OrganizationID
    package var name: String
    package var url: String
    /// Packets that one delivery has at most.
    package var maxBatchSize: Int
    /// What the receiver knows us by.
    package var secret: SecretBytes
    package var shape: Shape
    package var pause: Pause?
    /// What it is told of.
    package var events: Set<WebhookEvent> = [.packets]
    package var place = Place.here
    /// It is delivered by others: what waits for it here is nothing.
    package var isElsewhere = false
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var progress = Progress()

    /// Which of the published forms of a packet a delivery carries.
    package enum Shape: String, CaseIterable, Sendable {
        case seed, openapi, both
    }

    /// Why nothing is delivered.
    package enum Pause: String, Sendable {
        /// The receiver said 410 Gone.
        case gone
        /// Its owner wants it so.
        case owner
    }

    /// Who delivers.
    package enum Place: String, CaseIterable, Sendable {
        /// The machine that it was registered at.
        case here
        /// The gateways of the organization, each what it hears.
        case gateways
    }

    package enum Status: String, CaseIterable, Sendable {
        case active, failing, paused
    }

    /// What deliveries have led to.
    package struct Progress: Sendable {
        /// The last ingest sequence number that was confirmed, given up or dropped.
        package var cursor: Int64 = 0
        /// Attempts in a row that failed, of the delivery that is under way.
        package var failures = 0
        /// What went wrong last; nil after a success.
        package var lastError: String?
        /// Deliveries that came to an end, either way.
        package var deliveries = 0
        /// Those that were given up.
        package var failedDeliveries = 0
        /// Packets that were dropped because too many waited, or that retention discarded.
        package var droppedPackets = 0
        package var lastDeliveryAt: Timestamp?
        package init() {}
    }

    package init(
        id: WebhookID, organization: OrganizationID, name: String, url: String, maxBatchSize: Int,
        secret: SecretBytes, shape: Shape, pause: Pause? = nil, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.url = url
        self.maxBatchSize = maxBatchSize
        self.secret = secret
        self.shape = shape
        self.pause = pause
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package var status: Status {
        if pause != nil { return .paused }
        return progress.lastError == nil ? .active : .failing
    }
}

/// What an owner changes of a webhook; nil leaves it as it is.
package struct WebhookChange: Sendable {
    package var name: String?
    package var url: String?
    package var maxBatchSize: Int?
    package var secret: SecretBytes?
    package var shape: Webhook.Shape?
    package var isPaused: Bool?
    package var events: Set<WebhookEvent>?
    package var place: Webhook.Place?

    package init() {}
}

/// What came of one attempt, as it is kept.
package struct AttemptRecord: Sendable {
    package enum Result: Sendable {
        case delivered
        /// To be tried again.
        case failed(String)
        /// The delivery is given up.
        case parked(String)
        /// The receiver wants no more.
        case gone
    }

    package var result: Result
    /// The last sequence number that the attempt was about.
    package var through: Int64
    /// An attempt of this delivery came before.
    package var isRetry: Bool
    package var duration: Duration

    package init(_ result: Result, through: Int64, isRetry: Bool, duration: Duration) {
        self.result = result
        self.through = through
        self.isRetry = isRetry
        self.duration = duration
    }
}

/// A webhook's name, and what came of its deliveries hour by hour; also of one that was deleted.
package struct WebhookHistory: Sendable {
    package var id: WebhookID
    package var name: String
    package var createdAt: Timestamp
    package var isDeleted: Bool
    /// Hours without an attempt are left out.
    package var hours: [WebhookHour]

    package init(id: WebhookID, name: String, createdAt: Timestamp, isDeleted: Bool, hours: [WebhookHour]) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.isDeleted = isDeleted
        self.hours = hours
    }
}

/// What came of the deliveries of one webhook in one hour.
package struct WebhookHour: Hashable, Sendable {
    /// Its begin, in UTC.
    package var hour: Timestamp
    /// Deliveries whose first attempt was in it.
    package var attempted: Int
    package var successful: Int
    /// Deliveries that were given up.
    package var failed: Int
    /// Attempts beyond the first.
    package var retries: Int
    /// The time that all attempts took together.
    package var durationMilliseconds: Int

    package init(
        hour: Timestamp, attempted: Int, successful: Int, failed: Int, retries: Int, durationMilliseconds: Int
    ) {
        self.hour = hour
        self.attempted = attempted
        self.successful = successful
        self.failed = failed
        self.retries = retries
        self.durationMilliseconds = durationMilliseconds
    }
}
