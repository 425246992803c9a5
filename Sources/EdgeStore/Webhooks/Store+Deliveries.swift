package import EdgeModel
import GRDB

/// How many packets may wait for one destination, and for how long, while it cannot be reached.
package struct BacklogLimit: Hashable, Sendable {
    package var packets: Int
    package var age: Duration

    package init(packets: Int = 100_000, age: Duration = .seconds(7 * 86_400)) {
        self.packets = packets
        self.age = age
    }
}

extension Store {
    /// Hours of deliveries that are kept.
    private static let hoursKept: Int64 = 400 * 24

    /// Packets of an organization above `sequence` up to `last`, at most `limit`, in order.
    package func packets(
        after sequence: Int64, through last: Int64, of organization: OrganizationID, limit: Int
    ) async throws
        -> PacketPage
    {
        var query = PacketQuery(
            organization: organization,
            received: Timestamp(microseconds: .min)..<Timestamp(microseconds: .max), limit: limit,
            through: last)
        query.after = sequence
        return try await packets(query)
    }

    /// Writes what came of an attempt, and moves the cursor with it, in one transaction.
    ///
    /// False when the webhook is not there any more.
    package func record(_ attempt: AttemptRecord, of webhook: WebhookID) async throws -> Bool {
        let now = clock.now().wall
        let deliveredAt = clock.quality(of: now) == .none ? nil : now.microseconds
        return try await write { database in
            guard
                let key = try Int64.fetchOne(
                    database, sql: "SELECT key FROM webhook WHERE id = ? AND deleted_at IS NULL",
                    arguments: [webhook.rawValue])
            else { return false }
            switch attempt.result {
            case .delivered:
                try database.execute(
                    sql: """
                        UPDATE webhook SET cursor = max(cursor, ?), failures = 0, last_error = NULL,
                            total_deliveries = total_deliveries + 1,
                            last_delivery_at = coalesce(?, last_delivery_at) WHERE key = ?
                        """, arguments: [attempt.through, deliveredAt, key])
            case .failed(let reason):
                try database.execute(
                    sql: "UPDATE webhook SET failures = failures + 1, last_error = ? WHERE key = ?",
                    arguments: [reason, key])
            case .parked(let reason):
                try database.execute(
                    sql: """
                        UPDATE webhook SET cursor = max(cursor, ?), failures = 0, last_error = ?,
                            total_deliveries = total_deliveries + 1,
                            failed_deliveries = failed_deliveries + 1 WHERE key = ?
                        """, arguments: [attempt.through, reason, key])
            case .gone:
                try database.execute(
                    sql: """
                        UPDATE webhook SET pause = ?, failures = failures + 1, last_error = '410 Gone'
                        WHERE key = ?
                        """, arguments: [Webhook.Pause.gone.rawValue, key])
            }
            try Self.count(attempt, of: key, at: now, database)
            return true
        }
    }

    /// The hours in which a webhook, deleted or not, had attempts, oldest first.
    package func webhookHours(_ webhook: WebhookID) async throws -> [WebhookHour] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT h.* FROM webhookHour h JOIN webhook w ON w.key = h.webhook
                    WHERE w.id = ? ORDER BY h.hour
                    """, arguments: [webhook.rawValue]
            ).map(Self.webhookHour)
        }
    }

    /// The webhooks of an organization, oldest first, with their hours; deleted ones only where they have any.
    package func webhookHistory(of organization: OrganizationID, _ hours: Range<Hour>) async throws
        -> [WebhookHistory]
    {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT w.id, w.name, w.created_at, w.deleted_at, h.* FROM webhook w
                    LEFT JOIN webhookHour h ON h.webhook = w.key AND h.hour >= ?2 AND h.hour < ?3
                    WHERE w.organization = ?1 AND (w.deleted_at IS NULL OR h.hour IS NOT NULL)
                    ORDER BY w.key, h.hour
                    """,
                arguments: [
                    key, hours.lowerBound.start.seconds, hours.upperBound.start.seconds,
                ])
            return rows.reduce(into: [WebhookHistory]()) { histories, row in
                let id = WebhookID(row["id"])
                if histories.last?.id != id {
                    histories.append(
                        WebhookHistory(
                            id: id, name: row["name"],
                            createdAt: Timestamp(microseconds: row["created_at"]),
                            isDeleted: row["deleted_at"] as Int64? != nil, hours: []))
                }
                guard row["hour"] as Int64? != nil else { return }
                histories[histories.count - 1].hours.append(Self.webhookHour(row))
            }
        }
    }

    private static func webhookHour(_ row: Row) -> WebhookHour {
        WebhookHour(
            hour: Timestamp(seconds: row["hour"]), attempted: row["attempted"],
            successful: row["successful"], failed: row["failed"], retries: row["retries"],
            durationMilliseconds: row["duration_ms"])
    }

    /// Moves the cursor on past packets that are not for this webhook.
    package func skip(to sequence: Int64, of webhook: WebhookID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE webhook SET cursor = max(cursor, ?) WHERE id = ? AND deleted_at IS NULL",
                arguments: [sequence, webhook.rawValue])
        }
    }

    /// Drops the oldest of the packets that wait for a webhook until the rest is within `limit`.
    /// Returns where its cursor is now; nil when the webhook is not there any more.
    package func dropBacklog(of webhook: WebhookID, beyond limit: BacklogLimit) async throws -> Int64? {
        let now = clock.now().wall
        // Without a good clock nothing is old.
        let oldest =
            clock.quality(of: now) == .none
            ? nil : now.advanced(byMicroseconds: -limit.age.microseconds).microseconds
        return try await write { [self] database -> Int64? in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT key, organization, cursor FROM webhook WHERE id = ? AND deleted_at IS NULL
                        """, arguments: [webhook.rawValue])
            else { return nil }
            let (key, organization, cursor): (Int64, Int64, Int64) = (
                row["key"], row["organization"], min(row["cursor"], lastSequence)
            )
            var target = cursor
            if lastSequence - cursor > limit.packets {
                target = try Self.surplus(organization, cursor, keeping: limit.packets, database) ?? target
            }
            if let oldest { target = try Self.aged(organization, target, before: oldest, database) }
            guard target > cursor else { return cursor }
            let dropped = try Self.waiting(organization, cursor, through: target, database)
            try database.execute(
                sql: "UPDATE webhook SET cursor = ?, dropped_packets = dropped_packets + ? WHERE key = ?",
                arguments: [target, dropped, key])
            try Self.countDiscard(database, reason: "webhook_backlog", count: dropped, at: now)
            return target
        }
    }

    /// Counts, for each webhook, packets that are discarded before they were delivered. Called in the
    /// transaction that discards what lies below `end`.
    func passOver(before end: Int64, _ database: Database) throws {
        let behind = try Row.fetchAll(
            database,
            sql: """
                SELECT key, organization, cursor FROM webhook WHERE deleted_at IS NULL AND cursor < ?
                    AND (run_at = 'here' OR id IN (SELECT id FROM centralItem WHERE kind = 'webhook'))
                """, arguments: [end - 1])
        for row in behind {
            let lost = try Self.waiting(row["organization"], row["cursor"], through: end - 1, database)
            try database.execute(
                sql: "UPDATE webhook SET cursor = ?, dropped_packets = dropped_packets + ? WHERE key = ?",
                arguments: [end - 1, lost, row["key"] as Int64])
        }
    }

    /// The last packet that is too many; nil when none is.
    private static func surplus(
        _ organization: Int64, _ cursor: Int64, keeping limit: Int, _ database: Database
    ) throws -> Int64? {
        try Int64.fetchOne(
            database,
            sql: """
                SELECT sequence FROM packet WHERE +organization = ? AND sequence > ?
                ORDER BY sequence DESC LIMIT 1 OFFSET ?
                """, arguments: [organization, cursor, limit])
    }

    /// The last of the leading packets above `cursor` that were received before `oldest`.
    private static func aged(
        _ organization: Int64, _ cursor: Int64, before oldest: Int64, _ database: Database
    ) throws -> Int64 {
        let statement = try FastStatement(
            database,
            """
            SELECT sequence, received_at FROM packet WHERE +organization = ?1 AND sequence > ?2
            ORDER BY sequence
            """)
        statement.bind(organization, at: 1)
        statement.bind(cursor, at: 2)
        defer { statement.reset() }
        var last = cursor
        while try statement.next(), statement.int(1) < oldest { last = statement.int(0) }
        return last
    }

    private static func waiting(
        _ organization: Int64, _ cursor: Int64, through last: Int64, _ database: Database
    ) throws -> Int {
        try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM packet WHERE sequence > ? AND sequence <= ? AND +organization = ?
                """, arguments: [cursor, last, organization]) ?? 0
    }

    private static func count(
        _ attempt: AttemptRecord, of webhook: Int64, at now: Timestamp, _ database: Database
    ) throws {
        let hour = now.seconds.dividedFlooring(by: 3_600) * 3_600
        let (successful, failed) =
            switch attempt.result {
            case .delivered: (1, 0)
            case .parked: (0, 1)
            case .failed, .gone: (0, 0)
            }
        try database.execute(
            sql: """
                INSERT INTO webhookHour (webhook, hour, attempted, successful, failed, retries, duration_ms)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT (webhook, hour) DO UPDATE SET attempted = attempted + ?3,
                    successful = successful + ?4, failed = failed + ?5, retries = retries + ?6,
                    duration_ms = duration_ms + ?7
                """,
            arguments: [
                webhook, hour, attempt.isRetry ? 0 : 1, successful, failed, attempt.isRetry ? 1 : 0,
                attempt.duration.microseconds / 1_000,
            ])
        try database.execute(
            sql: "DELETE FROM webhookHour WHERE webhook = ? AND hour < ?",
            arguments: [webhook, hour - hoursKept * 3_600])
    }
}
