import EdgeCore
import EdgeHTTP
import EdgeModel

/// What a client sends to register a webhook.
struct CreateWebhookBody: Decodable {
    let url: String
    let name: String?
    let maxBatchSize: Int?
    let secret: String?
    let shape: String?
    let events: [String]?
    let runAt: String?

    enum CodingKeys: String, CodingKey {
        case url, name, secret, shape, events
        case maxBatchSize = "max_batch_size"
        case runAt = "run_at"
    }

    static let schema = Schema.object(
        [
            .init("url", WebhookSchemas.url, "https, or http within the own network"),
            .init("name", WebhookSchemas.name),
            .init("max_batch_size", WebhookSchemas.batchSize, "Packets in one request"),
            .init("secret", WebhookSchemas.secret, "Made here when absent"),
            .init("shape", WebhookShape.schema),
            .init("events", WebhookEvents.schema, "What it is told of; packets when absent"),
            .init("run_at", WebhookPlace.schema, WebhookPlace.meaning),
        ], required: ["url"])

    var request: Webhooks.Request {
        get throws {
            var request = Webhooks.Request(
                url: url, name: name ?? "Webhook", maxBatchSize: maxBatchSize, secret: secret,
                shape: try WebhookShape.parse(shape), events: try WebhookEvents.parse(events))
            request.place = try WebhookPlace.parse(runAt) ?? .here
            return request
        }
    }
}

/// What a client sends to change a webhook: the reference's names, or the official `set_…`.
struct UpdateWebhookBody: Decodable {
    let url: String?
    let name: String?
    let maxBatchSize: Int?
    let secret: String?
    let shape: String?
    let status: String?
    let events: [String]?
    let runAt: String?
    let setURL: String?
    let setName: String?
    let setMaxBatchSize: Int?
    let setSecret: String?

    enum CodingKeys: String, CodingKey {
        case url, name, secret, shape, status, events
        case runAt = "run_at"
        case maxBatchSize = "max_batch_size"
        case setURL = "set_url"
        case setName = "set_name"
        case setMaxBatchSize = "set_max_batch_size"
        case setSecret = "set_secret"
    }

    static let schema = Schema.object([
        .init("url", WebhookSchemas.url), .init("name", WebhookSchemas.name),
        .init("max_batch_size", WebhookSchemas.batchSize), .init("secret", WebhookSchemas.secret),
        .init("shape", WebhookShape.schema), .init("status", .string(values: ["active", "paused"])),
        .init("events", WebhookEvents.schema),
        .init("run_at", WebhookPlace.schema, WebhookPlace.meaning),
        .init("set_url", WebhookSchemas.url), .init("set_name", WebhookSchemas.name),
        .init("set_max_batch_size", WebhookSchemas.batchSize), .init("set_secret", WebhookSchemas.secret),
    ])

    func change() throws -> Webhooks.Change {
        var change = Webhooks.Change()
        change.url = setURL ?? url
        change.name = setName ?? name
        change.maxBatchSize = setMaxBatchSize ?? maxBatchSize
        change.secret = setSecret ?? secret
        change.shape = try WebhookShape.parse(shape)
        change.events = try WebhookEvents.parse(events)
        change.place = try WebhookPlace.parse(runAt)
        switch status {
        case nil: break
        case "active": change.isPaused = false
        case "paused": change.isPaused = true
        default: throw EdgeError.invalid("status: active or paused is expected")
        }
        return change
    }
}

/// What the parts of a webhook must be.
enum WebhookSchemas {
    static let name = Schema.characters(1...WebhookRules.nameLimit)
    static let url = Schema.characters(
        8...DestinationURL.lengthLimit, pattern: "^[Hh][Tt][Tt][Pp][Ss]?://")
    static let batchSize = Schema.integer(
        minimum: WebhookRules.batchSizes.lowerBound, maximum: WebhookRules.batchSizes.upperBound)
    static let secret = Schema.characters(WebhookRules.secretLengths, pattern: "^[!-~]+$")
}

/// Which form of a packet a webhook gets, as it is spelled.
enum WebhookShape {
    static let schema = Schema.string(values: Webhook.Shape.allCases.map(\.rawValue))

    static func parse(_ text: String?) throws -> Webhook.Shape? {
        guard let text else { return nil }
        guard let shape = Webhook.Shape(rawValue: text) else {
            throw EdgeError.invalid("shape: seed, openapi or both is expected")
        }
        return shape
    }
}

/// Who delivers a webhook, as it is spelled.
enum WebhookPlace {
    static let schema = Schema.string(values: Webhook.Place.allCases.map(\.rawValue))
    static let meaning = "gateways: those that are enrolled here deliver it, each what it hears"

    static func parse(_ text: String?) throws -> Webhook.Place? {
        guard let text else { return nil }
        guard let place = Webhook.Place(rawValue: text) else {
            throw EdgeError.invalid("run_at: here or gateways is expected")
        }
        return place
    }
}

/// A webhook as it is shown: enveloped as in the reference, and flat as the official clients read it.
struct WebhookView {
    let webhook: Webhook
    var showsSecret = false

    private static let properties: [Schema.Property] = [
        .init("webhook_id", .text), .init("org_id", .text), .init("url", WebhookSchemas.url),
        .init("name", WebhookSchemas.name), .init("max_batch_size", WebhookSchemas.batchSize),
        .init("shape", WebhookShape.schema), .init("events", WebhookEvents.schema),
        .init("run_at", WebhookPlace.schema),
        .init("status", .string(values: Webhook.Status.allCases.map(\.rawValue))),
        .init("paused_reason", .nullable(.characters(4...5, pattern: "^(gone|owner)$"))),
        .init("last_error", .nullable(.text)), .init("last_delivery_at", .nullable(.time)),
        .init("total_deliveries", .integer(minimum: 0)), .init("failed_deliveries", .integer(minimum: 0)),
        .init("dropped_packets", .integer(minimum: 0)), .init("created_at", .time),
        .init("updated_at", .time),
    ]
    private static let createdProperties =
        properties + [.init("secret", WebhookSchemas.secret, "At creation only")]
    static let itemSchema = Schema.named("Webhook", .whole(properties))
    static let schema = Schema.whole([.init("webhook", itemSchema)] + properties)
    static let createdSchema = Schema.whole(
        [.init("webhook", .whole(createdProperties))] + createdProperties)

    /// One webhook as an answer of its own.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("webhook") { writeMembers(to: &$0) }
            writeMembers(to: &json)
        }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("webhook_id", webhook.id.rawValue)
        json.field("org_id", webhook.organization.rawValue)
        json.field("url", webhook.url)
        json.field("name", webhook.name)
        json.field("max_batch_size", webhook.maxBatchSize)
        if showsSecret { json.field("secret", String(decoding: webhook.secret.bytes, as: UTF8.self)) }
        json.field("shape", webhook.shape.rawValue)
        json.array("events", WebhookEvent.allCases.filter(webhook.events.contains)) { $0.value($1.rawValue) }
        json.field("run_at", webhook.place.rawValue)
        json.field("status", webhook.status.rawValue)
        json.field("paused_reason", webhook.pause?.rawValue)
        json.field("last_error", webhook.progress.lastError)
        json.field("last_delivery_at", webhook.progress.lastDeliveryAt)
        json.field("total_deliveries", webhook.progress.deliveries)
        json.field("failed_deliveries", webhook.progress.failedDeliveries)
        json.field("dropped_packets", webhook.progress.droppedPackets)
        json.field("created_at", webhook.createdAt)
        json.field("updated_at", webhook.updatedAt)
    }
}
