import EdgeModel
import FoundationEssentials
import GRDB

/// A row of `webhook` that is not deleted.
struct WebhookRow {
    let key: Int64
    let webhook: Webhook

    /// With the organization's identifier beside the row's own columns.
    static let select = """
        SELECT w.*, o.id AS organization_id,
            EXISTS (SELECT 1 FROM centralItem i WHERE i.kind = 'webhook' AND i.id = w.id) AS is_centrals FROM webhook w JOIN organization o ON o.key = w.organization
        """

    init(_ row: Row, sealer: KeySealer) throws {
        key = row["key"]
        let id = WebhookID(row["id"])
        var webhook = Webhook(
            id: id, organization: OrganizationID(row["organization_id"]), name: row["name"], url: row["url"],
            maxBatchSize: row["max_batch_size"],
            secret: try sealer.open(Array(row["sealed_secret"] as Data), context: Self.context(id)),
            shape: Webhook.Shape(rawValue: row["shape"]) ?? .both,
            pause: (row["pause"] as String?).map { Webhook.Pause(rawValue: $0) ?? .owner },
            createdAt: Timestamp(microseconds: row["created_at"]),
            updatedAt: Timestamp(microseconds: row["updated_at"]))
        webhook.events = Self.events(row["events"])
        webhook.place = Webhook.Place(rawValue: row["run_at"]) ?? .here
        webhook.isElsewhere = webhook.place == .gateways && !(row["is_centrals"] as Bool)
        webhook.progress.cursor = row["cursor"]
        webhook.progress.failures = row["failures"]
        webhook.progress.lastError = row["last_error"]
        webhook.progress.deliveries = row["total_deliveries"]
        webhook.progress.failedDeliveries = row["failed_deliveries"]
        webhook.progress.droppedPackets = row["dropped_packets"]
        webhook.progress.lastDeliveryAt = (row["last_delivery_at"] as Int64?).map(
            Timestamp.init(microseconds:))
        self.webhook = webhook
    }

    /// Nil, for packets alone, is what webhooks have that name nothing.
    static func events(_ text: String?) -> Set<WebhookEvent> {
        text.map { Set($0.split(separator: " ").compactMap { WebhookEvent(rawValue: String($0)) }) } ?? [
            .packets
        ]
    }

    static func text(_ events: Set<WebhookEvent>) -> String? {
        events == [.packets] ? nil : events.map(\.rawValue).sorted().joined(separator: " ")
    }

    static func sealed(_ secret: SecretBytes, of id: WebhookID, by sealer: KeySealer) throws -> Data {
        Data(try sealer.seal(secret.bytes, context: context(id)))
    }

    private static func context(_ id: WebhookID) -> String { "webhook secret \(id)" }
}
