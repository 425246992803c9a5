package import EdgeModel
package import EdgeStore

/// The one core that every dialect calls.
package struct EdgeCore: Sendable {
    package let clock: EdgeClock
    package let authenticator: Authenticator
    package let keys: APIKeys
    package let devices: Devices
    package let packets: Packets
    package let tokens: ContinuationTokens
    private let store: Store

    /// `registryChanged` is called after each change of the registry.
    package init(store: Store, registryChanged: @escaping @Sendable () -> Void) async throws {
        self.store = store
        clock = store.clock
        authenticator = try await Authenticator(store: store)
        keys = APIKeys(
            authenticator: authenticator, issuer: TokenIssuer(signingKey: store.signingKey(for: "api tokens")),
            clock: store.clock)
        devices = Devices(store: store, changed: registryChanged)
        packets = Packets(store: store)
        tokens = ContinuationTokens(
            signingKey: store.signingKey(for: "continuation tokens"), clock: store.clock)
    }

    /// What the first start hands to the operator.
    package struct FirstKey: Sendable {
        package var organization: OrganizationID
        package var token: String
    }

    /// Creates an organization and an administrator's key, if there is no organization yet.
    package func begin(name: String) async throws -> FirstKey? {
        guard try await store.organizations().isEmpty else { return nil }
        let organization = OrganizationID(UniqueID.random().description)
        try await store.addOrganization(organization, name: name, at: clock.now().wall)
        let created = try await keys.createAdministrator(name: "First key", organization: organization)
        return FirstKey(organization: organization, token: created.token)
    }

    /// The organizations there are, oldest first.
    package func organizations() async throws -> [OrganizationID] {
        try await store.organizations().map(\.id)
    }
}
