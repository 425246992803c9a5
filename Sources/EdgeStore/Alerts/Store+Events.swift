package import EdgeModel
import GRDB

extension Store {
    /// Events that are kept, of all organizations; older ones go, delivered or not.
    private static let eventLimit: Int64 = 10_000

    /// Adds an event, in the transaction of what it is about.
    func add(_ event: GatewayEvent, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO event (id, organization, type, kind, subject, name, allowed_silence, last_seen_at,
                    occurred_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                event.id, try organizationKeys.key(event.organization, in: database), event.type.rawValue,
                event.subject.kind, event.subject.id, event.name, event.allowedSilence.components.seconds,
                event.lastSeenAt?.microseconds, event.occurredAt.microseconds,
            ])
        try database.execute(
            sql: "DELETE FROM event WHERE sequence <= ?",
            arguments: [database.lastInsertedRowID - Self.eventLimit])
    }

    /// What a webhook has not been told of yet: at most `limit` events in their order, and the place after
    /// the last one that was looked at. Nil when there is no such webhook.
    package func events(for webhook: WebhookID, limit: Int) async throws -> (
        events: [GatewayEvent], through: Int64
    )? {
        try await read { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT organization, events, event_cursor FROM webhook
                        WHERE id = ? AND deleted_at IS NULL
                        """, arguments: [webhook.rawValue])
            else { return nil }
            let cursor: Int64 = row["event_cursor"]
            let wanted = WebhookRow.events(row["events"])
            let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM event") ?? cursor
            let types = WebhookEvent.allCases.filter(wanted.contains).map { "'\($0.rawValue)'" }
            let found = try Row.fetchAll(
                database,
                sql: """
                    SELECT e.*, o.id AS organization_id FROM event e JOIN organization o ON o.key = e.organization
                    WHERE e.organization = ? AND e.sequence > ? AND e.type IN (\(types.joined(separator: ", ")))
                    ORDER BY e.sequence LIMIT ?
                    """, arguments: [row["organization"] as Int64, cursor, limit]
            ).map(Self.event)
            return (found, found.count < limit ? max(last, cursor) : found.last?.sequence ?? cursor)
        }
    }

    /// The webhook was told of everything up to here.
    package func setEventCursor(_ sequence: Int64, of webhook: WebhookID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE webhook SET event_cursor = max(event_cursor, ?) WHERE id = ?",
                arguments: [sequence, webhook.rawValue])
        }
    }

    @Sendable private static func event(_ row: Row) -> GatewayEvent {
        let subject: String = row["subject"]
        return GatewayEvent(
            sequence: row["sequence"], id: row["id"], organization: OrganizationID(row["organization_id"]),
            type: WebhookEvent(rawValue: row["type"]) ?? .deviceSilent,
            subject: row["kind"] == "device" ? .device(DeviceID(subject)) : .gateway(GatewayID(subject)),
            name: row["name"], allowedSilence: .seconds(row["allowed_silence"] as Int64),
            lastSeenAt: (row["last_seen_at"] as Int64?).map(Timestamp.init(microseconds:)),
            occurredAt: Timestamp(microseconds: row["occurred_at"]))
    }
}
