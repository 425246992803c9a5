package import EdgeModel
import FoundationEssentials
import GRDB

/// What became of an attempt to make somebody a member.
package enum Joining: Sendable {
    case joined(User)
    case noAccount
    case alreadyMember
    /// The organization has as many members as it may have.
    case full
}

extension Store {
    /// The account with this address, whatever its case.
    package func account(email: EmailAddress) async throws -> Account? {
        try await read { try AccountRow.fetch(email: email, $0) }
    }

    /// The organizations of an account and its role in each, oldest membership first.
    package func memberships(of account: AccountID) async throws -> [(
        organization: OrganizationID, role: Role
    )] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT o.id, m.role FROM membership m JOIN account a ON a.key = m.account
                    JOIN organization o ON o.key = m.organization
                    WHERE a.id = ? ORDER BY m.added_at, o.key
                    """, arguments: [account.rawValue]
            ).map { (OrganizationID($0["id"]), Role(rawValue: $0["role"]) ?? .member) }
        }
    }

    /// Users in the order in which they were added.
    package func users(of organization: OrganizationID, offset: Int, limit: Int) async throws -> UserPage {
        try await read { [organizationKeys] database in
            let key = try organizationKeys.key(organization, in: database)
            let users = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(UserRow.columns) FROM \(UserRow.source) WHERE m.organization = ?
                    ORDER BY m.added_at, m.account LIMIT ? OFFSET ?
                    """, arguments: [key, limit, offset]
            ).map(UserRow.user)
            let total = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM membership WHERE organization = ?", arguments: [key])
            return UserPage(users: users, total: total ?? 0)
        }
    }

    package func user(_ account: AccountID, in organization: OrganizationID) async throws -> User? {
        try await read { [organizationKeys] database in
            try UserRow.fetch(account, organizationKeys.key(organization, in: database), database)
        }
    }

    /// Makes the account with `email` a member; with `account`, that account is made first.
    package func join(
        _ email: EmailAddress, creating account: Account? = nil, as role: Role,
        in organization: OrganizationID, limit: Int, at now: Timestamp, audit: AuditNote?
    ) async throws -> Joining {
        try await write { [auditor, organizationKeys] database in
            let key = try organizationKeys.key(organization, in: database)
            let members = Memberships(database: database, organization: key)
            // Before an account is made that would belong to nobody.
            guard try members.count() < limit else { return .full }
            if let account { try AccountRow.insert(account, database) }
            let joining = try members.join(email, as: role, at: now)
            if case .joined(let user) = joining {
                var audit = audit
                audit?.object = user.account.rawValue
                try auditor.append(audit, in: database)
            }
            return joining
        }
    }

    /// Gives an account another password and ends its sessions, in one transaction. False when there
    /// is no such account.
    package func setPassword(_ hash: SecretBytes, of email: EmailAddress, audit: AuditNote?) async throws
        -> Bool
    {
        try await write { [auditor] database in
            guard let account = try AccountRow.fetch(email: email, database) else { return false }
            try database.execute(
                sql: "UPDATE account SET password_hash = ? WHERE id = ?",
                arguments: [String(decoding: hash.bytes, as: UTF8.self), account.id.rawValue])
            try database.execute(
                sql: "DELETE FROM credential WHERE account = (SELECT key FROM account WHERE id = ?)",
                arguments: [account.id.rawValue])
            var audit = audit
            audit?.object = account.id.rawValue
            try auditor.append(audit, in: database)
            return true
        }
    }

    /// Reads a user, lets `change` amend role and name, writes both back, and gives the user's
    /// sessions here what the role allows: all in one transaction. `change` is told how many other
    /// administrators there are. `committed` is called with the user before anybody else writes.
    package func updateUser(
        _ account: AccountID, in organization: OrganizationID, audit: AuditNote?,
        change: @Sendable @escaping (inout User, _ otherAdministrators: Int) throws -> Void,
        committed: @Sendable @escaping (User) -> Void
    ) async throws -> User? {
        try await write { [self, auditor, organizationKeys] database in
            let members = Memberships(
                database: database, organization: try organizationKeys.key(organization, in: database))
            guard var user = try UserRow.fetch(account, members.organization, database) else { return nil }
            try Self.checkIsOwn(.user, account.rawValue, database)
            try change(&user, members.administrators(except: account))
            try members.update(user)
            try auditor.append(audit, in: database)
            let changed = user
            afterCommit { committed(changed) }
            return user
        }
    }

    /// Ends a membership and revokes the sessions that came with it. `check` may refuse; it is told
    /// the user and how many other administrators there are. False when there is no such user.
    package func removeUser(
        _ account: AccountID, in organization: OrganizationID, at now: Timestamp, audit: AuditNote?,
        check: @Sendable @escaping (User, _ otherAdministrators: Int) throws -> Void,
        committed: @Sendable @escaping () -> Void
    ) async throws -> Bool {
        try await write { [self, auditor, organizationKeys] database in
            let members = Memberships(
                database: database, organization: try organizationKeys.key(organization, in: database))
            guard let user = try UserRow.fetch(account, members.organization, database) else { return false }
            try Self.checkIsOwn(.user, account.rawValue, database)
            try check(user, members.administrators(except: account))
            try members.remove(account, at: now)
            try auditor.append(audit, in: database)
            afterCommit { committed() }
            return true
        }
    }
}
