package import EdgeModel
import EdgeStore

/// Logging in and out.
package struct Sessions: Sendable {
    private let store: Store
    private let authenticator: Authenticator
    private let issuer: TokenIssuer
    private let hasher: PasswordHasher
    private let limiter: AttemptLimiter
    private let emails: EmailRule
    private let strangers = StrangerBudget()

    /// By the wall clock; one that was never set ends no session.
    package static let lifetime = Duration.seconds(12 * 3600)
    /// A login beyond these ends the oldest session of the account.
    package static let limit = 10

    init(
        store: Store, authenticator: Authenticator, issuer: TokenIssuer, hasher: PasswordHasher,
        limiter: AttemptLimiter, emails: EmailRule = .standard
    ) {
        self.store = store
        self.authenticator = authenticator
        self.issuer = issuer
        self.hasher = hasher
        self.limiter = limiter
        self.emails = emails
    }

    /// A session and its token, which is never to be had again.
    package struct Created: Sendable {
        package var key: APIKey
        package var token: String
        package var account: Account
        package var role: Role
    }

    /// Begins a session in the organization that is asked for, else in the one that the person
    /// joined first.
    ///
    /// Throws `unauthenticated`, in the same words and after the same time, for an address that is
    /// not known and for a wrong password; `rateLimited` when either was tried too often.
    package func logIn(
        email text: String, password: String, organization wanted: OrganizationID?, from origin: Origin
    ) async throws -> Created {
        let email = try emails.check(text, of: .account)
        let account = try await authenticate(email, password, from: origin)
        let memberships = try await store.memberships(of: account.id)
        let chosen =
            wanted.map { wanted in memberships.first { $0.organization == wanted } }
            ?? memberships.first
        guard let organization = chosen?.organization else {
            throw EdgeError(.forbidden, "The account belongs to no such organization")
        }
        return try await begin(account, in: organization, from: origin)
    }

    /// The account whose password this is.
    func authenticate(_ email: EmailAddress, _ password: String, from origin: Origin) async throws
        -> Account
    {
        let began = store.clock.now()
        let names = ["account \(email.folded)", "address \(origin.address ?? "")"]
        try limiter.begin(names, at: began.monotonic)
        let account = try await store.account(email: email)
        guard try await hasher.matches(PasswordRule.attempt(password), account?.passwordHash), let account
        else {
            try await noteFailure(email, account, from: origin)
            throw EdgeError(.unauthenticated, "Invalid email or password")
        }
        limiter.succeeded(names, at: began.monotonic)
        return account
    }

    private func noteFailure(_ email: EmailAddress, _ account: Account?, from origin: Origin) async throws {
        let now = store.clock.now()
        var audit = AuditNote(.loginFailed, by: origin, at: now.wall, in: nil, detail: email.text)
        if let account {
            audit.organization = try await store.memberships(of: account.id).first?.organization
            audit.object = account.id.rawValue
        } else {
            guard let leftOut = strangers.take(at: now.monotonic) else { return }
            if leftOut > 0 { audit.detail = "\(email); \(leftOut) more before it were left out" }
        }
        try await store.note(audit)
    }

    private func begin(_ account: Account, in organization: OrganizationID, from origin: Origin)
        async throws -> Created
    {
        let now = store.clock.now().wall
        let plain = APIKey(
            id: APIKeyID(UniqueID.random().description), organization: organization,
            name: "Session of \(account.email)", scopes: [], permissions: [], createdAt: now, updatedAt: now,
            expiresAt: now.advanced(byMicroseconds: Self.lifetime.microseconds), account: account.id)
        let token = try issuer.issue(for: plain)
        var author = origin
        author.initiator = .account(account.id)
        let audit = AuditNote(
            .login, by: author, at: now, in: organization, object: account.id.rawValue)
        let stored = try await store.addSession(
            of: account.id, in: organization, limit: Self.limit, at: now, audit: audit
        ) { role in
            var key = plain
            key.permissions = role.permissions
            return StoredCredential(key: key, tokenHash: TokenIssuer.hash(token))
        } committed: { [authenticator] credential, ended in
            authenticator.begin(credential, ending: ended)
        }
        guard let stored else {
            throw EdgeError(.forbidden, "The account belongs to no such organization")
        }
        return Created(
            key: stored.key, token: token, account: account,
            role: stored.key.permissions == Role.admin.permissions ? .admin : .member)
    }

    /// Ends the session that makes the request. Throws `invalid` for an API key.
    package func logOut(_ caller: Principal) async throws {
        guard let account = caller.key.account else {
            throw EdgeError.invalid("This is an API key; delete it to make it worth nothing")
        }
        let audit = AuditNote(
            .logout, by: caller.origin, at: store.clock.now().wall, in: caller.organization,
            object: account.rawValue)
        try await store.endSession(caller.key.id, audit: audit) { [authenticator] in
            authenticator.forget([caller.key.id])
        }
    }
}
