import EdgeModel
import GRDB

/// A member as a central shares it: the account, and the role.
struct SharedUser {
    static let columns: [SettingsColumn] = [
        .text("email"), .text("first_name"), .text("last_name"), .text("password_hash"), .text("role"),
        .integer("created_at"), .integer("added_at"), .integer("updated_at"),
    ]

    let id: AccountID
    let email: EmailAddress
    let name: PersonName
    let passwordHash: String
    let role: Role
    let createdAt: Int64
    let addedAt: Int64
    let updatedAt: Int64

    init(id: String, _ fields: [String: String]) throws {
        func time(_ name: String) throws -> Int64 {
            guard let time = fields[name].flatMap({ Int64($0) }) else { throw UnreadableSettings() }
            return time
        }
        guard let email = fields["email"].flatMap({ EmailAddress($0) }),
            let role = fields["role"].flatMap({ Role(rawValue: $0) }), let hash = fields["password_hash"]
        else { throw UnreadableSettings() }
        self.id = AccountID(id)
        self.email = email
        name = PersonName(first: fields["first_name"] ?? "", last: fields["last_name"] ?? "")
        passwordHash = hash
        self.role = role
        createdAt = try time("created_at")
        addedAt = try time("added_at")
        updatedAt = try time("updated_at")
    }

    /// Who has the same address here is the same person, and is from now on as at the central. Throws
    /// `conflict` when the address is another's who came from there too.
    func store(in organization: Int64, _ database: Database) throws {
        let key = try account(database)
        try database.execute(
            sql: """
                INSERT INTO membership (organization, account, role, added_at, updated_at)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (organization, account) DO UPDATE SET role = excluded.role,
                    updated_at = excluded.updated_at
                """, arguments: [organization, key, role.rawValue, addedAt, updatedAt])
        try database.execute(
            sql: """
                UPDATE credential SET permissions = ?, scopes = ?, updated_at = ?
                WHERE account = ? AND organization = ? AND revoked_at IS NULL
                """,
            arguments: [
                try CredentialText.of(role.permissions.map(\.text).sorted()), try CredentialText.of([]),
                updatedAt, key, organization,
            ])
    }

    private func account(_ database: Database) throws -> Int64 {
        let known = try Int64.fetchOne(
            database, sql: "SELECT key FROM account WHERE id = ?", arguments: [id.rawValue])
        let namesake = try Row.fetchOne(
            database, sql: "SELECT key, id FROM account WHERE email_folded = ?", arguments: [email.folded])
        if let namesake, let known, namesake["key"] as Int64 != known {
            throw EdgeError(.conflict, "There is an account with this e-mail already")
        }
        guard let key = known ?? namesake?["key"] else {
            try AccountRow.insert(
                Account(
                    id: id, email: email, name: name, passwordHash: SecretBytes(Array(passwordHash.utf8)),
                    createdAt: Timestamp(microseconds: createdAt)), database)
            return database.lastInsertedRowID
        }
        try database.execute(
            sql: """
                UPDATE account SET id = ?, email = ?, email_folded = ?, first_name = ?, last_name = ?,
                    password_hash = ? WHERE key = ?
                """,
            arguments: [id.rawValue, email.text, email.folded, name.first, name.last, passwordHash, key])
        return key
    }
}
