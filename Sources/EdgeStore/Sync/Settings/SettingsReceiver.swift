import EdgeModel
import FoundationEssentials
import GRDB
import Logging

/// Puts what a central shares in force here, within one transaction.
struct SettingsReceiver {
    let store: Store
    let database: Database
    /// The upstream's row, and that of the organization.
    let upstream: Int64
    let organization: Int64
    let run: Int64
    private(set) var outcome = SettingsOutcome()

    /// Bytes of one text.
    private static let textLimit = 262_144

    init(store: Store, database: Database, upstream: Int64, organization: Int64, run: Int64) {
        self.store = store
        self.database = database
        self.upstream = upstream
        self.organization = organization
        self.run = run
    }

    /// Wholly or not at all: one thing that cannot be here must not hold up the others.
    mutating func take(_ item: SettingsItem) throws {
        guard let kind = SettingsKind(rawValue: item.kind) else {
            outcome.unknownKinds.insert(String(item.kind.prefix(40)))
            return
        }
        var after = self
        do {
            try database.inSavepoint {
                if let fields = item.fields {
                    try after.put(kind, item.id, fields)
                } else {
                    try after.remove(kind, item.id)
                }
                return .commit
            }
            self = after
            outcome.taken += 1
        } catch let error where Self.isOfTheItem(error) {
            outcome.refused += 1
            store.logger.warning(
                "something of the central cannot be taken over",
                metadata: ["kind": "\(kind.rawValue)", "id": "\(item.id)", "error": "\(error)"])
        }
    }

    private static func isOfTheItem(_ error: any Error) -> Bool {
        switch error {
        case is UnreadableSettings: true
        case let error as EdgeError: error.code == .conflict
        case let error as DatabaseError: error.resultCode == .SQLITE_CONSTRAINT
        default: false
        }
    }

    /// Takes away what came from this central before this run and has not come again. `keepingUsed` makes
    /// this gateway's own what devices refer to, so that it goes up with them.
    mutating func sweep(
        _ kinds: [SettingsKind] = SettingsKind.allCases, keepingUsed: Bool = false
    ) throws {
        // Profiles before the codecs that they refer to.
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT kind, id FROM centralItem WHERE upstream = ? AND run < ? ORDER BY kind DESC",
            arguments: [upstream, run])
        for row in rows {
            guard let kind = SettingsKind(rawValue: row["kind"]), kinds.contains(kind) else { continue }
            let id: String = row["id"]
            if keepingUsed, try isUsed(kind, id) {
                try database.execute(
                    sql: "DELETE FROM centralItem WHERE kind = ? AND id = ? AND upstream = ?",
                    arguments: [kind.rawValue, id, upstream])
            } else {
                try remove(kind, id)
            }
        }
    }

    /// Whether a device refers to it, or a profile to the codec.
    private func isUsed(_ kind: SettingsKind, _ id: String) throws -> Bool {
        let uses =
            switch kind {
            case .profile: "SELECT 1 FROM device WHERE profile = ?1"
            case .codec:
                "SELECT 1 FROM device WHERE codec = ?1 UNION SELECT 1 FROM deviceProfile WHERE codec = ?1"
            default: String?.none
            }
        guard let uses else { return false }
        return try Bool.fetchOne(database, sql: uses, arguments: [id]) ?? false
    }

    // MARK: Putting

    private mutating func put(_ kind: SettingsKind, _ id: String, _ fields: [String: String]) throws {
        guard !id.isEmpty, id.utf8.count <= 128,
            fields.values.allSatisfy({ $0.utf8.count <= Self.textLimit && !$0.utf8.contains(0) })
        else { throw UnreadableSettings() }
        switch kind {
        case .organization: try putOrganization(id, fields)
        case .codec: try putNamed(.codec, SettingsTable.codec, id, fields)
        case .profile: try putNamed(.profile, SettingsTable.profile, id, fields)
        case .key: try putKey(id, fields)
        case .user: try putUser(id, fields)
        case .webhook: try putWebhook(id, fields)
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO centralItem (kind, id, upstream, run) VALUES (?, ?, ?, ?)",
            arguments: [kind.rawValue, id, upstream, run])
    }

    private mutating func putOrganization(_ id: String, _ fields: [String: String]) throws {
        let values = try SettingsTable.organization.values(fields)
        try database.execute(
            sql:
                "UPDATE organization SET \(values.map { "\($0.0) = ?" }.joined(separator: ", ")) WHERE key = ?",
            arguments: StatementArguments(values.map(\.1) + [organization]))
        outcome.changes.append(.name(OrganizationID(id)))
    }

    private mutating func putNamed(
        _ named: Named, _ table: SettingsTable, _ id: String, _ fields: [String: String]
    ) throws {
        let values = try table.values(fields)
        try named.giveWay(to: fields["name"] ?? "", of: id, in: organization, database)
        try table.write(id: id, in: organization, values, database)
        try named.renewDevices(with: id, database)
        outcome.changesRegistry = true
    }

    private mutating func putKey(_ id: String, _ fields: [String: String]) throws {
        let isRevoked = try Bool.fetchOne(
            database, sql: "SELECT revoked_at IS NOT NULL FROM credential WHERE id = ?", arguments: [id])
        // Who took it back here meant it.
        guard isRevoked != true else { return }
        let values = try SettingsTable.key.values(fields)
        guard fields["token_hash"]?.utf8.count == 64 else { throw UnreadableSettings() }
        for name in ["scopes", "permissions"] {
            guard (try? CredentialText.list(fields[name] ?? "")) != nil else { throw UnreadableSettings() }
        }
        try SettingsTable.key.write(id: id, in: organization, values, database)
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT c.*, o.id AS organization_id, NULL AS account_id FROM credential c
                JOIN organization o ON o.key = c.organization
                WHERE c.id = ? AND c.account IS NULL AND c.organization = ?
                """, arguments: [id, organization])
        guard let row else { throw UnreadableSettings() }
        outcome.changes.append(.key(try CredentialRow.credential(row)))
    }

    private mutating func putUser(_ id: String, _ fields: [String: String]) throws {
        let user = try SharedUser(id: id, fields)
        let before = try Row.fetchOne(
            database, sql: "SELECT id FROM account WHERE email_folded = ? AND id <> ?",
            arguments: [user.email.folded, id])
        // Sessions that know the person by another identifier begin anew.
        if let before { try endSessions(of: AccountID(before["id"])) }
        let password = try String.fetchOne(
            database, sql: "SELECT password_hash FROM account WHERE id = ?", arguments: [id])
        // As where the password was changed.
        if let password, password != user.passwordHash { try endSessions(of: user.id) }
        try user.store(in: organization, database)
        outcome.changes.append(.role(user.id, user.role))
    }

    private mutating func putWebhook(_ id: String, _ fields: [String: String]) throws {
        var values = try SettingsTable.webhook.values(fields)
        guard let secret = try fields["secret"].map({ try SettingsColumn.data(hexadecimal: $0) }) else {
            throw UnreadableSettings()
        }
        let sealed = try WebhookRow.sealed(SecretBytes(Array(secret)), of: WebhookID(id), by: store.sealer)
        values += [("sealed_secret", sealed), ("deleted_at", nil)]
        let before = try Row.fetchOne(
            database, sql: "SELECT cursor, event_cursor, revision, url FROM webhook WHERE id = ?",
            arguments: [id])
        let events = try Int64.fetchOne(database, sql: "SELECT coalesce(max(sequence), 0) FROM event")
        // It begins with the first packet after the newest there is.
        values += [
            ("cursor", before?["cursor"] as Int64? ?? store.lastSequence),
            ("event_cursor", before?["event_cursor"] as Int64? ?? events),
            ("revision", (before?["revision"] as Int64? ?? 0) + 1),
        ]
        if before?["url"] as String? != fields["url"] { values += [("failures", 0), ("last_error", nil)] }
        try SettingsTable.webhook.write(id: id, in: organization, values, database)
        outcome.changesWebhooks = true
    }

    // MARK: Taking away

    /// Only what came from a central.
    private mutating func remove(_ kind: SettingsKind, _ id: String) throws {
        try database.execute(
            sql: "DELETE FROM centralItem WHERE kind = ? AND id = ? AND upstream = ?",
            arguments: [kind.rawValue, id, upstream])
        guard database.changesCount > 0 else { return }
        switch kind {
        case .organization: outcome.changes.append(.noName(OrganizationID(id)))
        case .codec, .profile:
            try (kind == .codec ? Named.codec : Named.profile).remove(id, database)
            outcome.changesRegistry = true
        case .key:
            try database.execute(
                sql: "DELETE FROM credential WHERE id = ? AND account IS NULL", arguments: [id])
            outcome.changes.append(.noKey(APIKeyID(id)))
        case .user:
            let members = Memberships(database: database, organization: organization)
            guard let key = try? members.accountKey(AccountID(id)) else { return }
            try endSessions(of: AccountID(id))
            try database.execute(
                sql: "DELETE FROM membership WHERE organization = ? AND account = ?",
                arguments: [organization, key])
        case .webhook:
            try database.execute(
                sql: """
                    UPDATE webhook SET deleted_at = ?, sealed_secret = NULL, revision = revision + 1
                    WHERE id = ? AND deleted_at IS NULL
                    """, arguments: [store.clock.now().wall.microseconds, id])
            outcome.changesWebhooks = true
        }
    }

    private mutating func endSessions(of account: AccountID) throws {
        try database.execute(
            sql: """
                DELETE FROM credential
                WHERE organization = ? AND account = (SELECT key FROM account WHERE id = ?)
                """, arguments: [organization, account.rawValue])
        outcome.changes.append(.noSessions(account))
    }
}

extension Named {
    /// Renames what has this name here: that of the central goes before it.
    fileprivate func giveWay(to name: String, of id: String, in organization: Int64, _ database: Database)
        throws
    {
        let other = try String.fetchOne(
            database, sql: "SELECT id FROM \(table) WHERE organization = ? AND name = ? AND id <> ?",
            arguments: [organization, name, id])
        guard let other else { return }
        try database.execute(
            sql: "UPDATE \(table) SET name = ? WHERE id = ?",
            arguments: [try freeName(like: name, in: organization, database), other])
    }

    /// A name that nothing else has.
    func freeName(like name: String, in organization: Int64, _ database: Database) throws -> String {
        for number in 2... {
            let candidate = String(name.prefix(80)) + " (\(number))"
            let isInUse = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM \(table) WHERE organization = ? AND name = ?",
                arguments: [organization, candidate])
            if isInUse != true { return candidate }
        }
        return name
    }

    /// Takes it away also from what refers to it.
    fileprivate func remove(_ id: String, _ database: Database) throws {
        try renewDevices(with: id, database)
        try database.execute(sql: "UPDATE device SET \(column) = NULL WHERE \(column) = ?", arguments: [id])
        if table == Named.codec.table {
            try database.execute(
                sql: "UPDATE deviceProfile SET codec = NULL WHERE codec = ?", arguments: [id])
        }
        try database.execute(sql: "DELETE FROM \(table) WHERE id = ?", arguments: [id])
    }
}
