import EdgeCore
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// A core over a store of its own, with the first administrator's key, and passwords that cost
/// little to try.
struct CoreFixture {
    let core: EdgeCore
    let store: Store
    let admin: Principal
    let clock: ManualClock
    let directory: String

    static let password = "correct horse battery"

    var organization: OrganizationID { admin.organization }

    static func with(_ body: (CoreFixture) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock()
            let store = try StoreFixture.open(directory, clock)
            let core = try await EdgeCore(
                store: store, passwordCost: PasswordCost(logRounds: 4, parallelism: 1), registryChanged: {})
            let first = try #require(try await core.begin(name: "Test") { _ in })
            try await body(
                CoreFixture(
                    core: core, store: store, admin: try core.authenticator.authenticate(token: first.token),
                    clock: clock, directory: directory.path))
        }
    }

    @discardableResult
    func add(_ email: String, _ role: Role = .member) async throws -> AccountID {
        try await core.users.create(
            email, name: "Some One", password: Self.password, as: role, in: organization
        ).user.account
    }

    func logIn(_ email: String, _ password: String = password, from address: String = "192.0.2.1")
        async throws -> Sessions.Created
    {
        try await core.sessions.logIn(
            email: email, password: password, organization: nil, from: Origin(.nobody, address: address))
    }

    func principal(_ session: Sessions.Created) throws -> Principal {
        try core.authenticator.authenticate(token: session.token)
    }

    func invite(_ email: String, as role: Role = .member) async throws -> Invitations.Created {
        try await core.invitations.create(
            .init(email: email, role: role, message: nil) { "link/\($0)" }, by: admin)
    }

    func accept(_ token: String, name: String? = "New One", password: String = password) async throws
        -> User
    {
        try await core.invitations.accept(
            token: token, name: name, password: password, from: Origin(.nobody, address: "192.0.2.9")
        ).user
    }

    /// The actions that the audit log has, oldest first.
    func actions() async throws -> [String] {
        try await core.audit.page(before: nil, limit: 1_000, by: admin).entries.reversed().map(\.action)
    }

    func update(_ id: AccountID, role: Role, by caller: Principal? = nil) async throws {
        var change = Users.Change()
        change.role = role
        _ = try await core.users.update(id, change, by: caller ?? admin)
    }
}

/// The code of the `EdgeError` that `body` throws; nil when it throws none.
func failure(_ body: () async throws -> Void) async -> EdgeError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? EdgeError)?.code
    }
}
