package import EdgeModel
import GRDB

extension Store {
    /// Alerts of one organization that are kept; the oldest cleared ones go.
    private static let alertLimit = 10_000

    /// Active devices of whom it is said how often they send.
    package func watchedDevices() async throws -> [WatchedSubject] {
        try await read { [self] database in
            let columns = """
                SELECT d.key, d.id, d.name, d.created_at, a.last_seen_at, o.id AS organization_id,
                    coalesce(d.expected_interval, f.expected_interval)
                        * coalesce(f.missed_intervals, \(DeviceProfile.standardMissedIntervals)) AS silence
                """
            let rest = """
                JOIN organization o ON o.key = d.organization
                LEFT JOIN deviceActivity a ON a.device = d.key
                """
            let isActive = "d.deleted_at IS NULL AND d.status = \(DeviceStatus.active.rawValue)"
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    \(columns) FROM device d LEFT JOIN deviceProfile f ON f.id = d.profile \(rest)
                    WHERE d.expected_interval IS NOT NULL AND \(isActive)
                    UNION ALL
                    \(columns) FROM deviceProfile f JOIN device d ON d.profile = f.id \(rest)
                    WHERE f.expected_interval IS NOT NULL AND d.expected_interval IS NULL AND \(isActive)
                    """)
            var watched: [WatchedSubject] = []
            while let row = try rows.next() {
                let recent = activity[row["key"]]?.lastSeenAt
                let stored = (row["last_seen_at"] as Int64?).map(Timestamp.init(microseconds:))
                watched.append(
                    WatchedSubject(
                        organization: OrganizationID(row["organization_id"]),
                        subject: .device(DeviceID(row["id"])), name: row["name"],
                        allowedSilence: .seconds(row["silence"] as Int64),
                        lastSeenAt: [recent, stored].compactMap(\.self).max(),
                        watchedSince: Timestamp(microseconds: row["created_at"])))
            }
            return watched
        }
    }

    /// When gateways were last heard, as it was last written; nil for the organization of one that serves
    /// all of them.
    package func watchedGateways() async throws -> [GatewayID: WatchedGateway] {
        try await read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT w.*, o.id AS organization_id FROM watchedGateway w
                    LEFT JOIN organization o ON o.key = w.organization
                    """)
            return rows.reduce(into: [:]) { found, row in
                found[GatewayID(row["id"])] = WatchedGateway(
                    organization: (row["organization_id"] as String?).map { OrganizationID($0) },
                    lastSeenAt: Timestamp(microseconds: row["last_seen_at"]),
                    watchedSince: Timestamp(microseconds: row["watched_since"]))
            }
        }
    }

    /// Writes down what is new of gateways that are watched, and forgets those that are not any more.
    package func keep(
        _ gateways: [GatewayID: WatchedGateway], forgetting gone: [GatewayID]
    ) async throws {
        try await write { [organizationKeys] database in
            for id in gone {
                try database.execute(
                    sql: "DELETE FROM watchedGateway WHERE id = ?", arguments: [id.rawValue])
            }
            for (id, gateway) in gateways {
                try database.execute(
                    sql: """
                        INSERT INTO watchedGateway VALUES (?1, ?2, ?3, ?4)
                        ON CONFLICT (id) DO UPDATE SET organization = ?2, last_seen_at = ?3
                        """,
                    arguments: [
                        id.rawValue,
                        try gateway.organization.map { try organizationKeys.key($0, in: database) },
                        gateway.lastSeenAt.microseconds, gateway.watchedSince.microseconds,
                    ])
            }
        }
    }

    /// Alerts of all organizations that are not cleared.
    package func raisedAlerts() async throws -> [Alert] {
        try await read { database in
            try Row.fetchAll(database, sql: "\(AlertRow.select) WHERE l.cleared_at IS NULL").map(
                AlertRow.alert)
        }
    }

    /// Alerts of an organization, the newest first: those with a key below `before`, at most `limit`.
    package func alerts(of organization: OrganizationID, raisedOnly: Bool, limit: Int) async throws -> [Alert]
    {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    \(AlertRow.select) WHERE o.id = ? AND (? OR l.cleared_at IS NULL)
                    ORDER BY l.key DESC LIMIT ?
                    """, arguments: [organization.rawValue, !raisedOnly, limit]
            ).map(AlertRow.alert)
        }
    }

    /// Raises alerts, clears those of who was heard again, and adds the events of both, in one transaction.
    package func record(
        raised: [Alert], cleared: [(OrganizationID, Alert.Subject)], events: [GatewayEvent], at now: Timestamp
    ) async throws {
        try await write { [self] database in
            for event in events { try add(event, database) }
            for alert in raised {
                let organization = try organizationKeys.key(alert.organization, in: database)
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO alert (id, organization, kind, subject, name, allowed_silence,
                            last_seen_at, raised_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        alert.id, organization, alert.subject.kind, alert.subject.id, alert.name,
                        alert.allowedSilence.components.seconds, alert.lastSeenAt?.microseconds,
                        alert.raisedAt.microseconds,
                    ])
                try database.execute(
                    sql: """
                        DELETE FROM alert WHERE organization = ?1 AND cleared_at IS NOT NULL AND key <= (
                            SELECT key FROM alert WHERE organization = ?1
                            ORDER BY key DESC LIMIT 1 OFFSET \(Self.alertLimit))
                        """, arguments: [organization])
            }
            for (organization, subject) in cleared {
                try database.execute(
                    sql: """
                        UPDATE alert SET cleared_at = ? WHERE organization = ? AND kind = ? AND subject = ?
                            AND cleared_at IS NULL
                        """,
                    arguments: [
                        now.microseconds, try organizationKeys.key(organization, in: database), subject.kind,
                        subject.id,
                    ])
            }
        }
        eventChanges.raise()
    }
}

/// What is kept of a gateway that is watched.
package struct WatchedGateway: Hashable, Sendable {
    package var organization: OrganizationID?
    package var lastSeenAt: Timestamp
    package var watchedSince: Timestamp

    package init(organization: OrganizationID?, lastSeenAt: Timestamp, watchedSince: Timestamp) {
        self.organization = organization
        self.lastSeenAt = lastSeenAt
        self.watchedSince = watchedSince
    }
}

private enum AlertRow {
    static let select = """
        SELECT l.*, o.id AS organization_id FROM alert l JOIN organization o ON o.key = l.organization
        """

    @Sendable static func alert(_ row: Row) -> Alert {
        let subject: String = row["subject"]
        return Alert(
            id: row["id"], organization: OrganizationID(row["organization_id"]),
            subject: row["kind"] == "device" ? .device(DeviceID(subject)) : .gateway(GatewayID(subject)),
            name: row["name"], allowedSilence: .seconds(row["allowed_silence"] as Int64),
            lastSeenAt: (row["last_seen_at"] as Int64?).map(Timestamp.init(microseconds:)),
            raisedAt: Timestamp(microseconds: row["raised_at"]),
            clearedAt: (row["cleared_at"] as Int64?).map(Timestamp.init(microseconds:)))
    }
}
