import EdgeModel
import FoundationEssentials
import GRDB

/// Writes who belongs to one organization.
struct Memberships {
    let database: Database
    /// The organization's row.
    let organization: Int64

    func count() throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count(*) FROM membership WHERE organization = ?",
            arguments: [organization]) ?? 0
    }

    func join(_ email: EmailAddress, as role: Role, at now: Timestamp) throws -> Joining {
        guard
            let account = try Row.fetchOne(
                database, sql: "SELECT key, id FROM account WHERE email_folded = ?",
                arguments: [email.folded])
        else { return .noAccount }
        let id = AccountID(account["id"])
        guard try UserRow.fetch(id, organization, database) == nil else { return .alreadyMember }
        try database.execute(
            sql: """
                INSERT INTO membership (organization, account, role, added_at, updated_at)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                organization, account["key"] as Int64, role.rawValue, now.microseconds, now.microseconds,
            ])
        guard let user = try UserRow.fetch(id, organization, database) else {
            throw EdgeError(.internal, "a membership that was written is not there")
        }
        return .joined(user)
    }

    func administrators(except account: AccountID) throws -> Int {
        try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM membership m JOIN account a ON a.key = m.account
                WHERE m.organization = ? AND m.role = ? AND a.id <> ?
                """, arguments: [organization, Role.admin.rawValue, account.rawValue]) ?? 0
    }

    func update(_ user: User) throws {
        let key = try accountKey(user.account)
        try database.execute(
            sql: "UPDATE membership SET role = ?, updated_at = ? WHERE organization = ? AND account = ?",
            arguments: [user.role.rawValue, user.updatedAt.microseconds, organization, key])
        try database.execute(
            sql: "UPDATE account SET first_name = ?, last_name = ? WHERE key = ?",
            arguments: [user.name.first, user.name.last, key])
        try database.execute(
            sql: """
                UPDATE credential SET permissions = ?, scopes = ?, updated_at = ?
                WHERE account = ? AND organization = ? AND revoked_at IS NULL
                """,
            arguments: [
                try CredentialText.of(user.role.permissions.map(\.text).sorted()),
                // What a session's scopes are called follows from what it may do.
                try CredentialText.of([]), user.updatedAt.microseconds, key, organization,
            ])
    }

    func remove(_ account: AccountID, at now: Timestamp) throws {
        let key = try accountKey(account)
        try database.execute(
            sql: "DELETE FROM membership WHERE organization = ? AND account = ?",
            arguments: [organization, key])
        try database.execute(
            sql: "DELETE FROM credential WHERE account = ? AND organization = ?",
            arguments: [key, organization])
    }

    func accountKey(_ account: AccountID) throws -> Int64 {
        guard
            let key = try Int64.fetchOne(
                database, sql: "SELECT key FROM account WHERE id = ?", arguments: [account.rawValue])
        else { throw EdgeError.notFound("User not found") }
        return key
    }
}

/// One row of `account`, both ways.
enum AccountRow {
    static func fetch(email: EmailAddress, _ database: Database) throws -> Account? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM account WHERE email_folded = ?", arguments: [email.folded]
        ).map { row in
            Account(
                id: AccountID(row["id"]), email: EmailAddress(row["email"]) ?? email,
                name: PersonName(first: row["first_name"], last: row["last_name"]),
                passwordHash: SecretBytes(Array((row["password_hash"] as String).utf8)),
                createdAt: Timestamp(microseconds: row["created_at"]))
        }
    }

    /// Throws `conflict` when the address has an account.
    static func insert(_ account: Account, _ database: Database) throws {
        do {
            try database.execute(
                sql: """
                    INSERT INTO account (id, email, email_folded, first_name, last_name, password_hash,
                        created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    account.id.rawValue, account.email.text, account.email.folded, account.name.first,
                    account.name.last, String(decoding: account.passwordHash.bytes, as: UTF8.self),
                    account.createdAt.microseconds,
                ])
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw EdgeError(.conflict, "There is an account with this e-mail already", cause: error)
        }
    }
}

/// A membership with its account.
enum UserRow {
    static let columns = """
        a.id, a.email, a.first_name, a.last_name, a.created_at, m.role, m.added_at, m.updated_at,
        m.last_login_at
        """
    static let source = "membership m JOIN account a ON a.key = m.account"

    static func fetch(_ account: AccountID, _ organization: Int64, _ database: Database) throws -> User? {
        // Bound as text, a NUL would end the identifier.
        guard !account.rawValue.utf8.contains(0) else { return nil }
        return try Row.fetchOne(
            database, sql: "SELECT \(columns) FROM \(source) WHERE m.organization = ? AND a.id = ?",
            arguments: [organization, account.rawValue]
        ).map(user)
    }

    static func user(_ row: Row) throws -> User {
        guard let email = EmailAddress(row["email"]), let role = Role(rawValue: row["role"]) else {
            throw EdgeError(.unavailable, "a stored account cannot be read")
        }
        return User(
            account: AccountID(row["id"]), email: email,
            name: PersonName(first: row["first_name"], last: row["last_name"]), role: role,
            createdAt: Timestamp(microseconds: row["created_at"]),
            addedAt: Timestamp(microseconds: row["added_at"]),
            updatedAt: Timestamp(microseconds: row["updated_at"]),
            lastLoginAt: (row["last_login_at"] as Int64?).map(Timestamp.init(microseconds:)))
    }
}
