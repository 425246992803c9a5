package import EdgeModel
package import EdgeStore

/// The one core that every dialect calls.
package struct EdgeCore: Sendable {
    package let clock: EdgeClock
    package let authenticator: Authenticator
    package let keys: APIKeys
    package let devices: Devices
    package let packets: Packets
    package let webhooks: Webhooks
    package let tokens: ContinuationTokens
    private let store: Store

    /// `registryChanged` is called after each change of the registry.
    package init(
        store: Store, delivery: WebhookDelivery = .none, registryChanged: @escaping @Sendable () -> Void
    ) async throws {
        self.store = store
        clock = store.clock
        authenticator = try await Authenticator(store: store)
        keys = APIKeys(
            authenticator: authenticator,
            issuer: TokenIssuer(signingKey: store.signingKey(for: "api tokens")),
            clock: store.clock)
        devices = Devices(store: store, changed: registryChanged)
        packets = Packets(store: store)
        webhooks = Webhooks(store: store, delivery: delivery)
        tokens = ContinuationTokens(
            signingKey: store.signingKey(for: "continuation tokens"), clock: store.clock)
    }

    /// What the first start hands to the operator.
    package struct FirstKey: Sendable {
        package var organization: OrganizationID
        package var token: String
    }

    /// Creates an organization and an administrator's key, if there is neither yet.
    ///
    /// `keep` gets the key before it is good for anything, so that a process that ends here leaves
    /// no key that nobody has; the next start makes another.
    package func begin(name: String, keep: @Sendable @escaping (FirstKey) throws -> Void) async throws
        -> FirstKey?
    {
        var organization = try await store.organizations().first?.id
        if organization == nil {
            let fresh = OrganizationID(UniqueID.random().description)
            try await store.addOrganization(fresh, name: name, at: clock.now().wall)
            organization = fresh
        }
        guard let organization, keys.list(organization).isEmpty, try await !store.hasCredentialHistory()
        else {
            return nil
        }
        let created = try await keys.createAdministrator(name: "First key", organization: organization) {
            token in
            try keep(FirstKey(organization: organization, token: token))
        }
        return FirstKey(organization: organization, token: created.token)
    }

    /// The organizations there are, oldest first.
    package func organizations() async throws -> [OrganizationID] {
        try await store.organizations().map(\.id)
    }
}
