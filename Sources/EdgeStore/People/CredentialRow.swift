import EdgeModel
import FoundationEssentials
import GRDB

/// One row of `credential`, both ways: an API key, or the session of an account.
enum CredentialRow {
    static func insert(
        _ credential: StoredCredential, organization: Int64, account: Int64? = nil, _ database: Database
    ) throws {
        let key = credential.key
        try database.execute(
            sql: """
                INSERT INTO credential (id, organization, name, token_hash, scopes, permissions,
                    metadata, created_at, updated_at, expires_at, account)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.id.rawValue, organization, key.name, Data(credential.tokenHash),
                try CredentialText.of(key.scopes),
                try CredentialText.of(key.permissions.map(\.text).sorted()),
                key.metadata, key.createdAt.microseconds, key.updatedAt.microseconds,
                key.expiresAt?.microseconds, account,
            ])
    }

    static func credential(_ row: Row) throws -> StoredCredential {
        let account: String? = row["account_id"]
        return StoredCredential(
            key: APIKey(
                id: APIKeyID(row["id"]), organization: OrganizationID(row["organization_id"]),
                name: row["name"], scopes: try CredentialText.list(row["scopes"]),
                permissions: Set(
                    try CredentialText.list(row["permissions"]).compactMap(Permission.init(text:))),
                metadata: row["metadata"], createdAt: Timestamp(microseconds: row["created_at"]),
                updatedAt: Timestamp(microseconds: row["updated_at"]),
                expiresAt: (row["expires_at"] as Int64?).map(Timestamp.init(microseconds:)),
                lastUsedAt: (row["last_used_at"] as Int64?).map(Timestamp.init(microseconds:)),
                account: account.map(AccountID.init)),
            tokenHash: Array(row["token_hash"] as Data))
    }
}

/// Lists of names as one column keeps them.
enum CredentialText {
    static func of(_ list: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(list), as: UTF8.self)
    }

    static func list(_ text: String) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
