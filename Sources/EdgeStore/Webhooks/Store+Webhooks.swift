package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// Deleted webhooks of an organization whose names and hours are kept; older ones go.
    private static let deletedWebhookLimit = 1_000

    /// Adds a webhook. It begins with the first packet after the newest there is. Throws `conflict`
    /// when the organization has `limit` of them.
    package func addWebhook(_ webhook: Webhook, limit: Int, audit: AuditNote? = nil) async throws {
        try await write { [self] database in
            let organization = try organizationKeys.key(webhook.organization, in: database)
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM webhook WHERE organization = ? AND deleted_at IS NULL",
                arguments: [organization])
            guard count ?? 0 < limit else {
                throw EdgeError(.conflict, "An organization has at most \(limit) webhooks")
            }
            try database.execute(
                sql: """
                    INSERT INTO webhook (id, organization, name, url, max_batch_size, sealed_secret, shape,
                        pause, created_at, updated_at, cursor, events, run_at, event_cursor)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                        (SELECT coalesce(max(sequence), 0) FROM event))
                    """,
                arguments: [
                    webhook.id.rawValue, organization, webhook.name, webhook.url, webhook.maxBatchSize,
                    try WebhookRow.sealed(webhook.secret, of: webhook.id, by: sealer), webhook.shape.rawValue,
                    webhook.pause?.rawValue, webhook.createdAt.microseconds, webhook.updatedAt.microseconds,
                    lastSequence, WebhookRow.text(webhook.events), webhook.place.rawValue,
                ])
            try Self.forgetOldWebhooks(of: organization, database)
            try auditor.append(audit?.naming([webhook.id.rawValue]), in: database)
        }
        noteWebhookChange()
    }

    /// The webhooks of an organization, or of all, oldest first.
    package func webhooks(of organization: OrganizationID? = nil) async throws -> [Webhook] {
        try await read { [self] database in
            try Row.fetchAll(
                database,
                sql: """
                    \(WebhookRow.select) WHERE w.deleted_at IS NULL AND (?1 IS NULL OR o.id = ?1)
                    ORDER BY w.key
                    """, arguments: [organization?.rawValue]
            ).map { try WebhookRow($0, sealer: sealer).webhook }
        }
    }

    /// Nil when there is none, or it is another organization's.
    package func webhook(_ id: WebhookID, of organization: OrganizationID) async throws -> Webhook? {
        try await read { [self] in try webhookRow(id, of: organization, $0)?.webhook }
    }

    /// Applies a change and returns what came of it; nil when there is no such webhook.
    ///
    /// A new URL, or an end to the pause, begins the attempts anew.
    package func updateWebhook(
        _ id: WebhookID, of organization: OrganizationID, _ change: WebhookChange, audit: AuditNote? = nil
    ) async throws -> Webhook? {
        let now = clock.now().wall.microseconds
        let changed = try await write { [self] database -> Webhook? in
            guard let row = try webhookRow(id, of: organization, database) else { return nil }
            try Self.checkIsOwn(.webhook, id.rawValue, database)
            var webhook = row.webhook
            webhook.place = change.place ?? webhook.place
            webhook.name = change.name ?? webhook.name
            webhook.url = change.url ?? webhook.url
            webhook.maxBatchSize = change.maxBatchSize ?? webhook.maxBatchSize
            webhook.secret = change.secret ?? webhook.secret
            webhook.shape = change.shape ?? webhook.shape
            webhook.events = change.events ?? webhook.events
            let isMoved = webhook.url != row.webhook.url
            if let isPaused = change.isPaused {
                webhook.pause = isPaused ? webhook.pause ?? .owner : nil
            } else if isMoved, webhook.pause == .gone {
                webhook.pause = nil
            }
            try database.execute(
                sql: """
                    UPDATE webhook SET name = ?, url = ?, max_batch_size = ?, sealed_secret = ?, shape = ?,
                        pause = ?, updated_at = ?, events = ?, run_at = ?, revision = revision + 1
                    WHERE key = ?
                    """,
                arguments: [
                    webhook.name, webhook.url, webhook.maxBatchSize,
                    try WebhookRow.sealed(webhook.secret, of: id, by: sealer), webhook.shape.rawValue,
                    webhook.pause?.rawValue, now, WebhookRow.text(webhook.events),
                    webhook.place.rawValue, row.key,
                ])
            if row.webhook.isElsewhere, webhook.place == .here {
                // What came meanwhile was the gateways' to deliver.
                try database.execute(
                    sql: """
                        UPDATE webhook SET cursor = ?,
                            event_cursor = (SELECT coalesce(max(sequence), 0) FROM event) WHERE key = ?
                        """, arguments: [lastSequence, row.key])
            }
            if isMoved || (row.webhook.pause != nil && webhook.pause == nil) {
                try database.execute(
                    sql: "UPDATE webhook SET failures = 0, last_error = NULL WHERE key = ?",
                    arguments: [row.key])
            }
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return try webhookRow(id, of: organization, database)?.webhook
        }
        noteWebhookChange()
        return changed
    }

    /// False when there is no such webhook. Its name and its hours stay, its secret goes.
    package func deleteWebhook(
        _ id: WebhookID, of organization: OrganizationID, audit: AuditNote? = nil
    ) async throws -> Bool {
        let now = clock.now().wall.microseconds
        let isDeleted = try await write { [self] database in
            guard let row = try webhookRow(id, of: organization, database) else { return false }
            try Self.checkIsOwn(.webhook, id.rawValue, database)
            try database.execute(
                sql: """
                    UPDATE webhook SET deleted_at = ?, updated_at = ?1, sealed_secret = NULL,
                        revision = revision + 1 WHERE key = ?
                    """, arguments: [now, row.key])
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return true
        }
        noteWebhookChange()
        return isDeleted
    }

    /// The number of the last change to a webhook. Who has read webhooks after seeing this number
    /// knows them as they are.
    package var webhookRevision: Int64 { webhookChanges.load(ordering: .acquiring) }

    func noteWebhookChange() {
        webhookChanges.add(1, ordering: .acquiringAndReleasing)
        changes.raise()
        eventChanges.raise()
    }

    private func webhookRow(_ id: WebhookID, of organization: OrganizationID, _ database: Database) throws
        -> WebhookRow?
    {
        // Bound as text, a NUL would end the identifier.
        guard !id.rawValue.utf8.contains(0) else { return nil }
        return try Row.fetchOne(
            database, sql: "\(WebhookRow.select) WHERE w.id = ? AND w.deleted_at IS NULL AND o.id = ?",
            arguments: [id.rawValue, organization.rawValue]
        ).map { try WebhookRow($0, sealer: sealer) }
    }

    private static func forgetOldWebhooks(of organization: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM webhook WHERE organization = ?1 AND key IN (
                    SELECT key FROM webhook WHERE organization = ?1 AND deleted_at IS NOT NULL
                    ORDER BY deleted_at DESC LIMIT -1 OFFSET \(deletedWebhookLimit))
                """, arguments: [organization])
        guard database.changesCount > 0 else { return }
        try database.execute(sql: "DELETE FROM webhookHour WHERE webhook NOT IN (SELECT key FROM webhook)")
    }
}
