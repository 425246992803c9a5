package import EdgeModel
package import EdgeStore

/// The people of an organization: who they are, and in what role.
package struct Users: Sendable {
    private let store: Store
    private let authenticator: Authenticator
    private let hasher: PasswordHasher
    private let emails: EmailRule

    /// More people than this in one organization are refused.
    package static let limit = 1_000
    package static let nameLimit = 250

    package init(
        store: Store, authenticator: Authenticator, hasher: PasswordHasher, emails: EmailRule = .standard
    ) {
        self.store = store
        self.authenticator = authenticator
        self.hasher = hasher
        self.emails = emails
    }

    package func list(_ organization: OrganizationID, offset: Int, limit: Int) async throws -> UserPage {
        try await store.users(of: organization, offset: offset, limit: limit)
    }

    /// Makes an account that exists a member. Throws `notFound` without an account, `conflict` for
    /// a member.
    package func add(_ email: String, as role: Role, by caller: Principal) async throws -> User {
        try caller.requireGrant(of: role)
        let email = try emails.check(email, of: .account)
        return try await join(email, creating: nil, as: role, in: caller.organization, by: caller.origin)
    }

    /// Makes a member for the person at the machine: with an account that exists, which keeps its
    /// name and password, or a fresh one.
    package func create(
        _ email: String, name: String, password: String, as role: Role, in organization: OrganizationID
    ) async throws -> (user: User, isNew: Bool) {
        let email = try emails.check(email, of: .account)
        if try await store.account(email: email) != nil {
            return (try await join(email, creating: nil, as: role, in: organization, by: .machine), false)
        }
        let account = try await Self.account(
            email, name: name, password: password, at: store.clock.now().wall, hasher)
        return (try await join(email, creating: account, as: role, in: organization, by: .machine), true)
    }

    /// Gives somebody who forgot it another password, and ends the account's sessions in the database:
    /// for the machine's command line, while no gateway runs that has them in memory. Throws
    /// `notFound` without an account.
    package func setPassword(_ password: String, of email: String) async throws {
        let email = try emails.check(email, of: .account)
        let hash = try await hasher.hash(try PasswordRule.check(password))
        let organization: OrganizationID?
        if let account = try await store.account(email: email) {
            organization = try await store.memberships(of: account.id).first?.organization
        } else {
            organization = nil
        }
        let audit = AuditNote(
            .userPassword, by: .machine, at: store.clock.now().wall, in: organization, detail: email.text)
        guard try await store.setPassword(hash, of: email, audit: audit) else {
            throw EdgeError.notFound("No account with this email")
        }
    }

    /// A fresh account, not stored yet.
    static func account(
        _ email: EmailAddress, name: String, password: String, at now: Timestamp, _ hasher: PasswordHasher
    ) async throws -> Account {
        let name = PersonName(try TextRule(field: "name", limit: nameLimit).check(name))
        let hash = try await hasher.hash(try PasswordRule.check(password))
        return Account(
            id: AccountID(UniqueID.random().description), email: email, name: name, passwordHash: hash,
            createdAt: now)
    }

    private func join(
        _ email: EmailAddress, creating account: Account?, as role: Role, in organization: OrganizationID,
        by origin: Origin
    ) async throws -> User {
        let now = store.clock.now().wall
        let audit = AuditNote(
            .userAdd, by: origin, at: now, in: organization, detail: "\(email), role \(role.rawValue)")
        let joining = try await store.join(
            email, creating: account, as: role, in: organization, limit: Self.limit, at: now, audit: audit)
        switch joining {
        case .joined(let user): return user
        case .noAccount:
            throw EdgeError.notFound("No account with this email; send an invitation instead")
        case .alreadyMember: throw Self.alreadyMember
        case .full: throw Self.full
        }
    }

    static var alreadyMember: EdgeError { EdgeError(.conflict, "User already in organization") }
    static var full: EdgeError { EdgeError(.conflict, "An organization has at most \(limit) users") }

    /// What a client wants changed; nil members stay.
    package struct Change: Sendable {
        package var role: Role?
        package var name: String?
        package var firstName: String?
        package var lastName: String?

        package init() {}

        fileprivate var renames: Bool { name != nil || firstName != nil || lastName != nil }
        fileprivate var isEmpty: Bool { role == nil && !renames }
    }

    /// A new role holds from the user's next request on. Throws `conflict` when it would leave no
    /// administrator.
    package func update(_ id: AccountID, _ change: Change, by caller: Principal) async throws -> User {
        if let role = change.role { try caller.requireGrant(of: role) }
        let organization = caller.organization
        guard !change.isEmpty else {
            guard let user = try await store.user(id, in: organization) else { throw Self.missing }
            return user
        }
        let now = store.clock.now().wall
        let detail = [
            change.role.map { "role \($0.rawValue)" },
            change.renames ? "name" : nil,
        ].compactMap(\.self).joined(separator: ", ")
        let audit = AuditNote(
            .userUpdate, by: caller.origin, at: now, in: organization, object: id.rawValue, detail: detail)
        let updated = try await store.updateUser(id, in: organization, audit: audit) { user, others in
            try Self.apply(change, to: &user, others: others, at: now)
        } committed: { [authenticator] user in
            authenticator.setRole(user.role, of: id, in: organization)
        }
        guard let updated else { throw Self.missing }
        return updated
    }

    private static func apply(_ change: Change, to user: inout User, others: Int, at now: Timestamp) throws {
        if let role = change.role {
            if user.role == .admin, role != .admin, others == 0 { throw lastAdministrator }
            user.role = role
        }
        if let name = change.name {
            user.name = PersonName(try TextRule(field: "name", limit: nameLimit).check(name))
        }
        if let first = change.firstName {
            user.name.first = try TextRule(field: "set_first_name", limit: nameLimit, mayBeEmpty: true)
                .check(first)
        }
        if let last = change.lastName {
            user.name.last = try TextRule(field: "set_last_name", limit: nameLimit, mayBeEmpty: true)
                .check(last)
        }
        _ = try TextRule(field: "name", limit: 2 * nameLimit + 1).check(user.name.full)
        user.updatedAt = max(now, user.updatedAt.advanced(byMicroseconds: 1))
    }

    /// Ends the membership and every session that came with it at once. Returns the keys of the
    /// organization, which stay good.
    package func remove(_ id: AccountID, by caller: Principal) async throws -> [APIKey] {
        let organization = caller.organization
        let now = store.clock.now().wall
        let audit = AuditNote(
            .userRemove, by: caller.origin, at: now, in: organization, object: id.rawValue)
        let isRemoved = try await store.removeUser(id, in: organization, at: now, audit: audit) {
            user, others in
            if user.role == .admin, others == 0 { throw Self.lastAdministrator }
        } committed: { [authenticator] in
            authenticator.endSessions(of: id, in: organization)
        }
        guard isRemoved else { throw Self.missing }
        return authenticator.keys(of: organization)
    }

    private static var missing: EdgeError { EdgeError.notFound("User not found") }
    private static var lastAdministrator: EdgeError {
        EdgeError(.conflict, "An organization keeps at least one administrator")
    }
}

extension Principal {
    /// Nobody makes an administrator who is none.
    func requireGrant(of role: Role) throws {
        guard role != .admin || key.isAdministrator else {
            throw EdgeError(.forbidden, "Only an administrator makes an administrator")
        }
    }
}
