package import EdgeModel
import GRDB

/// A credential as the authenticator needs it: the key, and the SHA-256 of its token.
package struct StoredCredential: Sendable {
    package var key: APIKey
    package var tokenHash: [UInt8]

    package init(key: APIKey, tokenHash: [UInt8]) {
        self.key = key
        self.tokenHash = tokenHash
    }
}

extension Store {
    /// Adds an organization. Throws `conflict` when the identifier is in use.
    package func addOrganization(_ id: OrganizationID, name: String, at now: Timestamp) async throws {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO organization (id, name, created_at) VALUES (?, ?, ?)",
                arguments: [id.rawValue, name, now.microseconds])
        }
        organizationKeys.forget()
    }

    /// All organizations, oldest first.
    package func organizations() async throws -> [(id: OrganizationID, name: String)] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT id, name FROM organization ORDER BY key")
                .map { (OrganizationID($0["id"]), $0["name"]) }
        }
    }

    package func addCredential(_ credential: StoredCredential, audit: AuditNote? = nil) async throws {
        try await write { [organizationKeys, auditor] database in
            let organization = try organizationKeys.key(credential.key.organization, in: database)
            try CredentialRow.insert(credential, organization: organization, database)
            try auditor.append(audit, in: database)
        }
    }

    /// Every credential that is not revoked, oldest first.
    package func credentials() async throws -> [StoredCredential] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT c.*, o.id AS organization_id, a.id AS account_id FROM credential c
                    JOIN organization o ON o.key = c.organization
                    LEFT JOIN account a ON a.key = c.account
                    WHERE c.revoked_at IS NULL ORDER BY c.key
                    """
            ).map(CredentialRow.credential)
        }
    }

    /// Whether there ever was a credential, revoked ones included.
    package func hasCredentialHistory() async throws -> Bool {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") ?? 0 } > 0
    }

    /// Writes name, scopes, metadata and expiry of a key over what is stored.
    package func updateCredential(_ key: APIKey, audit: AuditNote? = nil) async throws {
        let scopes = try CredentialText.of(key.scopes)
        let permissions = try CredentialText.of(key.permissions.map(\.text).sorted())
        try await write { [auditor] database in
            try Self.checkIsOwn(.key, key.id.rawValue, database)
            try database.execute(
                sql: """
                    UPDATE credential SET name = ?, scopes = ?, permissions = ?, metadata = ?,
                        updated_at = ?, expires_at = ? WHERE id = ?
                    """,
                arguments: [
                    key.name, scopes, permissions, key.metadata, key.updatedAt.microseconds,
                    key.expiresAt?.microseconds, key.id.rawValue,
                ])
            try auditor.append(audit, in: database)
        }
    }

    /// The row stays, for whoever looks at what a revoked key once did; the hash goes.
    package func revokeCredential(_ id: APIKeyID, at now: Timestamp, audit: AuditNote? = nil) async throws {
        try await write { [auditor] database in
            try database.execute(
                sql: "UPDATE credential SET revoked_at = ?, token_hash = randomblob(32) WHERE id = ?",
                arguments: [now.microseconds, id.rawValue])
            try auditor.append(audit, in: database)
        }
    }

    /// Notes when keys were last used.
    package func noteUse(of keys: [APIKeyID: Timestamp]) async throws {
        try await write { database in
            for (id, time) in keys {
                try database.execute(
                    sql: "UPDATE credential SET last_used_at = ? WHERE id = ?",
                    arguments: [time.microseconds, id.rawValue])
            }
        }
    }
}

extension Permission {
    /// `resource:verb`
    var text: String { "\(resource.rawValue):\(verb.rawValue)" }

    init?(text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let resource = Resource(rawValue: String(parts[0])),
            let verb = Verb(rawValue: String(parts[1]))
        else { return nil }
        self.init(resource, verb)
    }
}
