package import EdgeModel
import FoundationEssentials
import GRDB

extension Store {
    /// Keeps a session of a member, in one transaction with the time of the login. Sessions of the
    /// account that are over are forgotten, and the oldest when there are more than `limit`.
    ///
    /// `credential` is made from the role that the member has in this moment; `committed` gets it,
    /// and the sessions that went, before anybody else writes. Nil when the account is no member.
    package func addSession(
        of account: AccountID, in organization: OrganizationID, limit: Int, at now: Timestamp,
        audit: AuditNote?, credential: @Sendable @escaping (Role) -> StoredCredential,
        committed: @Sendable @escaping (StoredCredential, _ ended: [APIKeyID]) -> Void
    ) async throws -> StoredCredential? {
        try await write { [self, auditor, organizationKeys] database in
            let key = try organizationKeys.key(organization, in: database)
            guard let user = try UserRow.fetch(account, key, database) else { return nil }
            let members = Memberships(database: database, organization: key)
            let accountKey = try members.accountKey(account)
            let ended = try Self.endSessions(of: accountKey, beyond: limit - 1, at: now, database)
            let made = credential(user.role)
            try CredentialRow.insert(made, organization: key, account: accountKey, database)
            try database.execute(
                sql: "UPDATE membership SET last_login_at = ? WHERE organization = ? AND account = ?",
                arguments: [now.microseconds, key, accountKey])
            try auditor.append(audit, in: database)
            afterCommit { committed(made, ended) }
            return made
        }
    }

    /// Ends a session; its row has nothing that the audit log does not have.
    package func endSession(
        _ id: APIKeyID, audit: AuditNote?, committed: @Sendable @escaping () -> Void
    ) async throws {
        try await write { [self, auditor] database in
            try database.execute(
                sql: "DELETE FROM credential WHERE id = ? AND account IS NOT NULL", arguments: [id.rawValue])
            try auditor.append(audit, in: database)
            afterCommit { committed() }
        }
    }

    private static func endSessions(
        of account: Int64, beyond limit: Int, at now: Timestamp, _ database: Database
    ) throws -> [APIKeyID] {
        let ended = try String.fetchAll(
            database,
            sql: """
                SELECT id FROM credential WHERE account = ?1 AND (expires_at <= ?2 OR key NOT IN
                    (SELECT key FROM credential WHERE account = ?1 AND expires_at > ?2
                        ORDER BY key DESC LIMIT ?3))
                """, arguments: [account, now.microseconds, limit])
        for id in ended {
            try database.execute(sql: "DELETE FROM credential WHERE id = ?", arguments: [id])
        }
        return ended.map(APIKeyID.init)
    }
}
