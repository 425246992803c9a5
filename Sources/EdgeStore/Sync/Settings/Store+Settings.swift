package import EdgeModel
import GRDB
import Logging
import Synchronization

/// What has changed here because a central said so.
package struct SettingsOutcome: Sendable {
    package enum Change: Sendable {
        case key(StoredCredential)
        case noKey(APIKeyID)
        case role(AccountID, Role)
        case noSessions(AccountID)
        /// What the central calls the organization.
        case name(OrganizationID)
        case noName(OrganizationID)
    }

    /// What is to be known without the database, in the order in which it became so.
    package var changes: [Change] = []
    package var taken = 0
    /// Things that cannot be here.
    package var refused = 0
    /// Kinds of things that a later version shares.
    package var unknownKinds: Set<String> = []
    package var changesRegistry = false
    package var changesWebhooks = false
    /// How much is in force now.
    package var progress = SettingsProgress()

    package init() {}
}

extension Store {
    /// Puts a page of a central's settings in force, in one transaction with its revision. `epoch` is the
    /// history that the revision is of. `committed` is called before anybody else writes.
    package func apply(
        _ page: SettingsPage, epoch: String, of upstream: Upstream, audit: AuditNote?,
        committed: @Sendable @escaping (SettingsOutcome) -> Void
    ) async throws -> SettingsOutcome {
        let outcome = try await write { [self] database in
            guard let row = try upstreamRow(upstream.id, database) else { return SettingsOutcome() }
            var progress: SettingsProgress = try JSONColumn.value(row["settings"])
            if page.isBeginning {
                let isOther = !progress.epoch.isEmpty && progress.epoch != epoch
                if !progress.isWhole || isOther { progress.isOfNewHistory = isOther }
                progress.run += 1
                progress.isWhole = true
            }
            var receiver = SettingsReceiver(
                store: self, database: database, upstream: row["key"], organization: row["organization"],
                run: progress.run)
            for item in page.items { try receiver.take(item) }
            if page.isLast, progress.isWhole {
                try receiver.sweep(keepingUsed: progress.isOfNewHistory ?? false)
                progress.isWhole = false
            }
            (progress.epoch, progress.revision) = (epoch, page.revision)
            progress.format = SettingsKind.format
            try database.execute(
                sql: "UPDATE upstream SET settings = ? WHERE key = ?",
                arguments: [try JSONColumn.text(progress), row["key"] as Int64])
            if receiver.outcome.taken > 0 { try auditor.append(audit, in: database) }
            var outcome = receiver.outcome
            outcome.progress = progress
            let done = outcome
            afterCommit { committed(done) }
            return outcome
        }
        try await noteChanges(outcome)
        return outcome
    }

    /// Takes away what lets people and machines in, and what is delivered, because a central said so:
    /// called within the transaction that takes the central away. Codecs and profiles stay, for devices
    /// have them.
    func forgetSettings(of upstream: UpstreamID, _ database: Database) throws -> SettingsOutcome {
        guard let row = try upstreamRow(upstream, database) else { return SettingsOutcome() }
        var receiver = SettingsReceiver(
            store: self, database: database, upstream: row["key"], organization: row["organization"],
            run: .max)
        try receiver.sweep([.organization, .key, .user, .webhook])
        return receiver.outcome
    }

    /// What centrals call organizations of this gateway.
    package func organizationNames() async throws -> [OrganizationID: OrganizationID] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT i.id, o.id AS organization_id FROM centralItem i
                    JOIN upstream u ON u.key = i.upstream JOIN organization o ON o.key = u.organization
                    WHERE i.kind = 'organization'
                    """
            ).reduce(into: [:]) { $0[OrganizationID($1["id"])] = OrganizationID($1["organization_id"]) }
        }
    }

    func noteChanges(_ outcome: SettingsOutcome) async throws {
        if outcome.changesRegistry {
            decodingProgress.hasCodecs.store(true, ordering: .releasing)
            try await noteRegistryChange()
        }
        if outcome.changesWebhooks { noteWebhookChange() }
    }

    /// Throws `conflict` for what came from a central: there it is changed.
    static func checkIsOwn(_ kind: SettingsKind, _ id: String, _ database: Database) throws {
        guard try isCentrals(kind, id, database) else { return }
        throw EdgeError(.conflict, "This comes from the central instance and is changed there")
    }

    /// The same for what an organization says of itself.
    static func checkIsOwn(of organization: OrganizationID, _ database: Database) throws {
        let isCentrals = try Bool.fetchOne(
            database,
            sql: """
                SELECT 1 FROM centralItem i JOIN upstream u ON u.key = i.upstream
                JOIN organization o ON o.key = u.organization WHERE i.kind = 'organization' AND o.id = ?
                """, arguments: [organization.rawValue])
        guard isCentrals == true else { return }
        throw EdgeError(.conflict, "This comes from the central instance and is changed there")
    }

    static func isCentrals(_ kind: SettingsKind, _ id: String, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT 1 FROM centralItem WHERE kind = ? AND id = ?",
            arguments: [kind.rawValue, id]) ?? false
    }

    private func upstreamRow(_ id: UpstreamID, _ database: Database) throws -> Row? {
        try Row.fetchOne(
            database, sql: "SELECT key, organization, settings FROM upstream WHERE id = ?",
            arguments: [id.rawValue])
    }
}
