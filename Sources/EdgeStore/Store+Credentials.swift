package import EdgeModel
import FoundationEssentials
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

    package func addCredential(_ credential: StoredCredential) async throws {
        let key = credential.key
        let scopes = try Self.text(key.scopes)
        let permissions = try Self.text(key.permissions.map(\.text).sorted())
        try await write { [organizationKeys] database in
            try database.execute(
                sql: """
                    INSERT INTO credential (id, organization, name, token_hash, scopes, permissions,
                        metadata, created_at, updated_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key.id.rawValue, try organizationKeys.key(key.organization, in: database), key.name,
                    Data(credential.tokenHash), scopes, permissions, key.metadata,
                    key.createdAt.microseconds, key.updatedAt.microseconds,
                    key.expiresAt?.microseconds,
                ])
        }
    }

    /// Every credential that is not revoked, oldest first.
    package func credentials() async throws -> [StoredCredential] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT c.*, o.id AS organization_id FROM credential c
                    JOIN organization o ON o.key = c.organization
                    WHERE c.revoked_at IS NULL ORDER BY c.key
                    """
            ).map { row in
                StoredCredential(
                    key: APIKey(
                        id: APIKeyID(row["id"]), organization: OrganizationID(row["organization_id"]),
                        name: row["name"], scopes: try Self.list(row["scopes"]),
                        permissions: Set(
                            try Self.list(row["permissions"]).compactMap(Permission.init(text:))),
                        metadata: row["metadata"],
                        createdAt: Timestamp(microseconds: row["created_at"]),
                        updatedAt: Timestamp(microseconds: row["updated_at"]),
                        expiresAt: (row["expires_at"] as Int64?).map(Timestamp.init(microseconds:)),
                        lastUsedAt: (row["last_used_at"] as Int64?).map(Timestamp.init(microseconds:))),
                    tokenHash: Array(row["token_hash"] as Data))
            }
        }
    }

    /// Whether there ever was a credential, revoked ones included.
    package func hasCredentialHistory() async throws -> Bool {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") ?? 0 } > 0
    }

    /// Writes name, scopes, metadata and expiry of a key over what is stored.
    package func updateCredential(_ key: APIKey) async throws {
        let scopes = try Self.text(key.scopes)
        let permissions = try Self.text(key.permissions.map(\.text).sorted())
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE credential SET name = ?, scopes = ?, permissions = ?, metadata = ?,
                        updated_at = ?, expires_at = ? WHERE id = ?
                    """,
                arguments: [
                    key.name, scopes, permissions, key.metadata, key.updatedAt.microseconds,
                    key.expiresAt?.microseconds, key.id.rawValue,
                ])
        }
    }

    /// The row stays, for whoever looks at what a revoked key once did; the hash goes.
    package func revokeCredential(_ id: APIKeyID, at now: Timestamp) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE credential SET revoked_at = ?, token_hash = randomblob(32) WHERE id = ?",
                arguments: [now.microseconds, id.rawValue])
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

    private static func text(_ list: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(list), as: UTF8.self)
    }

    private static func list(_ text: String) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8))
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
