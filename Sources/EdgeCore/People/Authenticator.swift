package import EdgeModel
package import EdgeStore
import Synchronization

/// Knows every live credential, so that a request is authenticated without the database and a
/// revoked key is refused from the next request on.
package final class Authenticator: Sendable {
    private let store: Store
    private let clock: EdgeClock
    private let state: Mutex<State>

    private struct State {
        var byHash: [[UInt8]: APIKeyID] = [:]
        var keys: [APIKeyID: APIKey] = [:]
        /// Uses not written to the database yet.
        var used: [APIKeyID: Timestamp] = [:]
        /// What centrals call organizations of this gateway.
        var names: [OrganizationID: OrganizationID] = [:]

        mutating func insert(_ credential: StoredCredential) {
            var key = credential.key
            if key.account != nil { key.scopes = Scope.names(for: key.permissions) }
            byHash[credential.tokenHash] = key.id
            keys[key.id] = key
        }

        mutating func remove(_ ids: Set<APIKeyID>) {
            guard !ids.isEmpty else { return }
            for id in ids {
                keys[id] = nil
                used[id] = nil
            }
            byHash = byHash.filter { !ids.contains($0.value) }
        }
    }

    package init(store: Store) async throws {
        self.store = store
        clock = store.clock
        var state = State()
        for credential in try await store.credentials() { state.insert(credential) }
        state.names = try await store.organizationNames()
        self.state = Mutex(state)
    }

    /// The principal whose token this is. Throws `unauthenticated` for one that is unknown,
    /// revoked or expired.
    package func authenticate(token: some StringProtocol) throws -> Principal {
        let hash = TokenIssuer.hash(token)
        let now = clock.now().wall
        let key = state.withLock { state -> APIKey? in
            guard let id = state.byHash[hash], var key = state.keys[id] else { return nil }
            key.lastUsedAt = now
            state.keys[id] = key
            state.used[id] = now
            return key
        }
        guard let key else { throw EdgeError(.unauthenticated, "Invalid or expired token") }
        // A clock that is not set yet must not lock everybody out.
        if let expiry = key.expiresAt, now >= expiry, clock.quality(of: now) != .none {
            throw EdgeError(.unauthenticated, "Invalid or expired token")
        }
        return Principal(key: key)
    }

    /// Whether a central calls this organization so.
    package func isName(_ name: OrganizationID, of organization: OrganizationID) -> Bool {
        state.withLock { $0.names[name] == organization }
    }

    /// The live API keys of an organization, oldest first; sessions are not among them.
    package func keys(of organization: OrganizationID) -> [APIKey] {
        state.withLock { $0.keys.values.filter { $0.organization == organization && $0.account == nil } }
            .sorted { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
    }

    /// A live API key; never a session.
    package func key(_ id: APIKeyID) -> APIKey? {
        state.withLock { $0.keys[id] }.flatMap { $0.account == nil ? $0 : nil }
    }

    func add(_ credential: StoredCredential, audit: AuditNote) async throws {
        try await store.addCredential(credential, audit: audit)
        state.withLock { $0.insert(credential) }
    }

    func replace(_ key: APIKey, audit: AuditNote) async throws {
        try await store.updateCredential(key, audit: audit)
        state.withLock { state in
            var key = key
            key.lastUsedAt = state.keys[key.id]?.lastUsedAt ?? key.lastUsedAt
            state.keys[key.id] = key
        }
    }

    /// Refuses the key from now on, then writes so: a write that fails leaves it valid.
    func revoke(_ id: APIKeyID, audit: AuditNote) async throws {
        try await store.revokeCredential(id, at: clock.now().wall, audit: audit)
        forget([id])
    }

    /// Knows these no longer.
    func forget(_ ids: Set<APIKeyID>) { state.withLock { $0.remove(ids) } }

    // Sessions: called by the store in the order of its commits, so that what is known here is what
    // is stored.

    func begin(_ session: StoredCredential, ending ended: [APIKeyID]) {
        state.withLock { state in
            state.remove(Set(ended))
            state.insert(session)
        }
    }

    func setRole(_ role: Role, of account: AccountID, in organization: OrganizationID) {
        state.withLock { state in
            for (id, key) in state.keys where key.account == account && key.organization == organization {
                state.keys[id]?.permissions = role.permissions
                state.keys[id]?.scopes = Scope.names(for: role.permissions)
            }
        }
    }

    func endSessions(of account: AccountID, in organization: OrganizationID) {
        state.withLock { state in
            let ended = state.keys.values.filter { $0.account == account && $0.organization == organization }
            state.remove(Set(ended.map(\.id)))
        }
    }

    /// Takes over what a central has said, in the order in which it became so.
    package func take(_ changes: [SettingsOutcome.Change], in organization: OrganizationID) {
        for change in changes {
            switch change {
            case .key(var credential):
                state.withLock { state in
                    credential.key.lastUsedAt =
                        state.keys[credential.key.id]?.lastUsedAt ?? credential.key.lastUsedAt
                    state.remove([credential.key.id])
                    state.insert(credential)
                }
            case .name(let name): state.withLock { $0.names[name] = organization }
            case .noName(let name): state.withLock { $0.names[name] = nil }
            case .noKey(let id): forget([id])
            case .role(let account, let role): setRole(role, of: account, in: organization)
            case .noSessions(let account): endSessions(of: account, in: organization)
            }
        }
    }

    /// Writes when keys were last used. Called about once a minute.
    package func writeUses() async throws {
        let used = state.withLock { state in
            defer { state.used = [:] }
            return state.used
        }
        guard !used.isEmpty else { return }
        do {
            try await store.noteUse(of: used)
        } catch {
            state.withLock { $0.used.merge(used) { newer, _ in newer } }
            throw error
        }
    }
}
