package import EdgeModel
import FoundationEssentials
import GRDB

extension Store {
    /// Changes that are remembered of things that are gone; a gateway that was away for longer than these
    /// take fetches everything.
    private static let goneSettingsLimit = 20_000

    /// The number of the last change of anything that is shared, of any organization.
    package func settingsRevision() async throws -> Int64 {
        try await read { try Self.settingsRevision($0) }
    }

    static func settingsRevision(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'settingsChange'"))
            ?? 0
    }

    /// What an organization shares that changed after `revision`, at most a page; all of it from the
    /// beginning when that is longer ago than is remembered.
    package func settingsPage(of organization: OrganizationID, after revision: Int64) async throws
        -> SettingsPage
    {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let newest = try Self.settingsRevision(database)
            let forgotten =
                try Int64.fetchOne(
                    database, sql: "SELECT value FROM property WHERE name = 'settings_forgotten'") ?? 0
            // A number that was never given out is of another history.
            let isBeginning = revision <= 0 || revision < forgotten || revision > newest
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT revision, kind, subject, id FROM settingsChange
                    WHERE organization = ? AND revision > ? ORDER BY revision LIMIT ?
                    """, arguments: [key, isBeginning ? 0 : revision, SettingsPage.limit])
            var page = SettingsPage(items: [], revision: newest, isLast: true, isBeginning: isBeginning)
            let reader = SettingsReader(store: self, database: database, organization: key)
            var (taken, weight) = (0, 0)
            for row in rows where weight < SettingsPage.weightLimit {
                let items = try reader.items(
                    kind: row["kind"], id: row["id"], subject: row["subject"], revision: row["revision"])
                page.items += items
                weight += items.reduce(0) { $0 + $1.weight }
                taken += 1
            }
            if taken < rows.count || rows.count == SettingsPage.limit {
                page.isLast = false
                page.revision = rows[taken - 1]["revision"]
            }
            return page
        }
    }

    /// Forgets the oldest of what is gone, when that is too much.
    package func forgetOldSettings() async throws {
        try await write { database in
            let gone = """
                SELECT revision FROM settingsChange c WHERE CASE kind
                    WHEN 'codec' THEN NOT EXISTS (SELECT 1 FROM codec WHERE key = subject)
                    WHEN 'profile' THEN NOT EXISTS (SELECT 1 FROM deviceProfile WHERE key = subject)
                    WHEN 'key' THEN NOT EXISTS
                        (SELECT 1 FROM credential WHERE key = subject AND revoked_at IS NULL)
                    WHEN 'user' THEN NOT EXISTS (SELECT 1 FROM membership m
                        WHERE m.account = subject AND m.organization = c.organization)
                    WHEN 'webhook' THEN NOT EXISTS (SELECT 1 FROM webhook
                        WHERE key = subject AND deleted_at IS NULL AND run_at = 'gateways')
                    ELSE 0 END
                ORDER BY revision DESC LIMIT -1 OFFSET \(Self.goneSettingsLimit)
                """
            guard let last = try Int64.fetchOne(database, sql: gone) else { return }
            try database.execute(
                sql: "DELETE FROM settingsChange WHERE revision IN (\(gone))")
            try database.execute(
                sql: "INSERT OR REPLACE INTO property VALUES ('settings_forgotten', ?)", arguments: [last])
        }
    }
}

/// Reads what a central shares, as it is now.
struct SettingsReader {
    let store: Store
    let database: Database
    let organization: Int64

    /// The thing of one change; before it what it refers to, if that changed later: whoever takes these in
    /// their order never meets a reference to nothing. Empty for what is not known.
    func items(kind: String, id: String, subject: Int64, revision: Int64) throws -> [SettingsItem] {
        guard let kind = SettingsKind(rawValue: kind) else { return [] }
        let fields = try fields(kind, subject)
        let item = SettingsItem(kind: kind, id: id, fields: fields)
        guard kind == .profile, let codec = fields?["codec"],
            let later = try Int64.fetchOne(
                database,
                sql: """
                    SELECT c.key FROM codec c JOIN settingsChange s ON s.kind = 'codec' AND s.subject = c.key
                    WHERE c.id = ? AND s.revision > ?
                    """, arguments: [codec, revision])
        else { return [item] }
        return [SettingsItem(kind: .codec, id: codec, fields: try self.fields(.codec, later)), item]
    }

    /// Nil when it is gone.
    func fields(_ kind: SettingsKind, _ subject: Int64) throws -> [String: String]? {
        switch kind {
        case .organization: try SettingsTable.organization.fields(key: subject, database)
        case .codec: try SettingsTable.codec.fields(key: subject, database)
        case .profile: try SettingsTable.profile.fields(key: subject, database)
        case .key:
            try SettingsTable.key.fields(
                key: subject, where: "revoked_at IS NULL AND account IS NULL", database)
        case .user: try user(subject)
        case .webhook: try webhook(subject)
        }
    }

    private func user(_ account: Int64) throws -> [String: String]? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT a.email, a.first_name, a.last_name, a.password_hash, a.created_at, m.role, m.added_at,
                    m.updated_at
                FROM membership m JOIN account a ON a.key = m.account WHERE m.organization = ? AND a.key = ?
                """, arguments: [organization, account]
        ).map { row in SharedUser.columns.reduce(into: [:]) { $0[$1.name] = $1.text(of: row) } }
    }

    private func webhook(_ key: Int64) throws -> [String: String]? {
        guard
            let row = try Row.fetchOne(
                database,
                sql:
                    "\(WebhookRow.select) WHERE w.key = ? AND w.deleted_at IS NULL AND w.run_at = 'gateways'",
                arguments: [key])
        else { return nil }
        var fields = SettingsTable.webhook.fields(of: row)
        let secret = try WebhookRow(row, sealer: store.sealer).webhook.secret
        fields["secret"] = SettingsColumn.hexadecimal(secret.bytes)
        return fields
    }
}
