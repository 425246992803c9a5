package import EdgeModel
import EdgeStore

/// Creating, changing and revoking API keys.
package struct APIKeys: Sendable {
    private let authenticator: Authenticator
    private let issuer: TokenIssuer
    private let clock: EdgeClock

    /// More keys than this in one organization are refused.
    package static let limit = 1_000
    package static let nameLimit = 250

    package init(authenticator: Authenticator, issuer: TokenIssuer, clock: EdgeClock) {
        self.authenticator = authenticator
        self.issuer = issuer
        self.clock = clock
    }

    /// A key and its token, which is never to be had again.
    package struct Created: Sendable {
        package var key: APIKey
        package var token: String
    }

    package struct Request: Sendable {
        package var name: String
        /// Nil for all that the caller may do.
        package var scopes: [String]?
        package var expiresAt: Timestamp?
        package var metadata: String?

        package init(name: String, scopes: [String]?, expiresAt: Timestamp? = nil, metadata: String? = nil) {
            self.name = name
            self.scopes = scopes
            self.expiresAt = expiresAt
            self.metadata = metadata
        }
    }

    /// Throws `invalid` for an unknown scope, `forbidden` for one that the caller does not have.
    package func create(_ request: Request, by caller: Principal) async throws -> Created {
        let name = try checked(name: request.name)
        let (scopes, permissions) = try granted(request.scopes, to: caller)
        guard authenticator.keys(of: caller.organization).count < Self.limit else {
            throw EdgeError(.conflict, "An organization has at most \(Self.limit) API keys")
        }
        try checkExpiry(request.expiresAt)
        return try await create(
            name: name, organization: caller.organization, scopes: scopes, permissions: permissions,
            expiresAt: request.expiresAt, metadata: request.metadata, by: caller.origin)
    }

    /// A key that allows everything, for the operator at the machine.
    ///
    /// `keep` gets the token before it is stored as good.
    package func createAdministrator(
        name: String, organization: OrganizationID, by origin: Origin = .machine,
        keep: (String) throws -> Void = { _ in }
    ) async throws -> Created {
        try await create(
            name: name, organization: organization, scopes: Scope.names(for: Permission.all),
            permissions: Permission.all, expiresAt: nil, metadata: nil, by: origin, keep: keep)
    }

    private func create(
        name: String, organization: OrganizationID, scopes: [String], permissions: Set<Permission>,
        expiresAt: Timestamp?, metadata: String?, by origin: Origin,
        keep: (String) throws -> Void = { _ in }
    ) async throws -> Created {
        let now = clock.now().wall
        let key = APIKey(
            id: APIKeyID(UniqueID.random().description), organization: organization, name: name,
            scopes: scopes, permissions: permissions, metadata: metadata, createdAt: now,
            updatedAt: now, expiresAt: expiresAt)
        let token = try issuer.issue(for: key)
        try keep(token)
        let audit = AuditNote(
            .keyCreate, by: origin, at: now, in: organization, object: key.id.rawValue,
            detail: scopes.joined(separator: " "))
        try await authenticator.add(
            StoredCredential(key: key, tokenHash: TokenIssuer.hash(token)), audit: audit)
        return Created(key: key, token: token)
    }

    package func list(_ organization: OrganizationID) -> [APIKey] { authenticator.keys(of: organization) }

    package struct Change: Sendable {
        package var name: String?
        package var scopes: [String]?
        /// `.some(nil)` removes the expiry.
        package var expiresAt: Timestamp??
        package var metadata: String??
        package init() {}

        /// The names of what changes.
        fileprivate var fields: [String] {
            [
                name.map { _ in "name" }, scopes.map { "scopes " + $0.joined(separator: " ") },
                expiresAt.map { _ in "expiry" }, metadata.map { _ in "metadata" },
            ].compactMap(\.self)
        }
    }

    package func update(_ id: APIKeyID, _ change: Change, by caller: Principal) async throws -> APIKey {
        var key = try find(id, caller)
        if let name = change.name { key.name = try checked(name: name) }
        if let scopes = change.scopes {
            (key.scopes, key.permissions) = try granted(scopes, to: caller)
            try protectLastAdministrator(id, caller, becomes: key.permissions)
        }
        if let expiresAt = change.expiresAt {
            try checkExpiry(expiresAt)
            if expiresAt != nil { try protectLastAdministrator(id, caller, becomes: []) }
            key.expiresAt = expiresAt
        }
        if let metadata = change.metadata { key.metadata = metadata }
        key.updatedAt = clock.now().wall
        try await authenticator.replace(key, audit: note(.keyUpdate, of: id, change.fields, by: caller))
        return key
    }

    /// Takes effect with the next request. Throws `conflict` for the last administrator's key.
    package func delete(_ id: APIKeyID, by caller: Principal) async throws {
        _ = try find(id, caller)
        try protectLastAdministrator(id, caller, becomes: [])
        try await authenticator.revoke(id, audit: note(.keyDelete, of: id, by: caller))
    }

    private func note(
        _ action: AuditAction, of id: APIKeyID, _ fields: [String] = [], by caller: Principal
    ) -> AuditNote {
        AuditNote(
            action, by: caller.origin, at: clock.now().wall, in: caller.organization, object: id.rawValue,
            detail: fields.isEmpty ? nil : fields.joined(separator: ", "))
    }

    private func find(_ id: APIKeyID, _ caller: Principal) throws -> APIKey {
        guard let key = authenticator.key(id), key.organization == caller.organization else {
            throw EdgeError.notFound("API key not found")
        }
        return key
    }

    private func protectLastAdministrator(
        _ id: APIKeyID, _ caller: Principal, becomes permissions: Set<Permission>
    )
        throws
    {
        let now = clock.now().wall
        let administrators = authenticator.keys(of: caller.organization).filter { key in
            key.isAdministrator && key.expiresAt.map { $0 > now } ?? true
        }
        if administrators.map(\.id) == [id], permissions != Permission.all {
            throw EdgeError(
                .conflict, "The last administrator's key can only be replaced at the gateway itself")
        }
    }

    private func granted(_ names: [String]?, to caller: Principal) throws -> ([String], Set<Permission>) {
        guard let names else { return (Scope.names(for: caller.key.permissions), caller.key.permissions) }
        guard !names.isEmpty else { throw EdgeError.invalid("scopes must not be empty") }
        guard names.count <= 64 else { throw EdgeError.invalid("too many scopes") }
        var permissions: Set<Permission> = []
        for name in names {
            guard let scope = Scope.named(name) else {
                throw EdgeError.invalid("Invalid scope: \(name.prefix(64))")
            }
            guard caller.key.permissions.contains(scope.permission) else {
                throw EdgeError(.forbidden, "Insufficient permissions to grant \(name)")
            }
            permissions.insert(scope.permission)
        }
        return (names, permissions)
    }

    private func checked(name: String) throws -> String {
        try TextRule(field: "name", limit: Self.nameLimit).check(name)
    }

    private func checkExpiry(_ expiresAt: Timestamp?) throws {
        if let expiresAt, expiresAt <= clock.now().wall, clock.quality != .none {
            throw EdgeError.invalid("expires_at is in the past")
        }
    }
}
