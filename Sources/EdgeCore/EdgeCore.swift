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
    package let downlinks: Downlinks
    package let activations: Activations
    package let commands: DeviceCommands
    package let tokens: ContinuationTokens
    package let profiles: OrganizationProfiles
    package let users: Users
    package let invitations: Invitations
    package let sessions: Sessions
    package let audit: AuditLog
    package let uploads: Uploads
    package let gateways: Gateways
    package let gatewayClock: GatewayClock
    package let central: Central
    package let upstreams: Upstreams
    package let testBatches: TestBatches
    package let billing: Billing
    package let deviceProfiles: DeviceProfiles
    package let codecs: Codecs
    package let alerts: Alerts
    let store: Store

    /// `registryChanged` is called after each change of the registry, and when an upload waits.
    package init(
        store: Store, board: GatewayBoard = GatewayBoard(), outcomes: UploadOutcomes = UploadOutcomes(),
        delivery: WebhookDelivery = .none, network: NetworkControl = .none,
        codecs runner: CodecRunner = .none,
        passwordCost: PasswordCost = .standard, tariff: Tariff = .none,
        emails: EmailRule = .standard, keeper: TimeKeeper? = nil, upstream: UpstreamLink = .none,
        letters: LetterOptions = LetterOptions(),
        registryChanged: @escaping @Sendable () -> Void
    ) async throws {
        self.store = store
        clock = store.clock
        authenticator = try await Authenticator(store: store)
        let issuer = TokenIssuer(signingKey: store.signingKey(for: "api tokens"))
        keys = APIKeys(authenticator: authenticator, issuer: issuer, clock: store.clock)
        devices = Devices(store: store, changed: registryChanged)
        deviceProfiles = DeviceProfiles(store: store, changed: registryChanged)
        codecs = Codecs(store: store, runner: runner)
        alerts = Alerts(store: store)
        packets = Packets(store: store)
        uploads = Uploads(store: store, outcomes: outcomes, wake: registryChanged)
        gateways = try await Gateways(store: store, board: board, uploads: uploads)
        gatewayClock = GatewayClock(
            store: store, keeper: keeper ?? TimeKeeper(system: store.clock), changed: registryChanged)
        central = try await Central(store: store, changed: registryChanged)
        upstreams = Upstreams(store: store, link: upstream, authenticator: authenticator)
        testBatches = TestBatches(clock: store.clock)
        webhooks = Webhooks(store: store, delivery: delivery)
        downlinks = Downlinks(store: store, network: network, codecs: codecs)
        activations = Activations(store: store, network: network)
        commands = DeviceCommands(store: store, network: network)
        tokens = ContinuationTokens(
            signingKey: store.signingKey(for: "continuation tokens"), clock: store.clock)
        let hasher = PasswordHasher(cost: passwordCost)
        let limiter = AttemptLimiter()
        profiles = OrganizationProfiles(store: store, emails: emails)
        users = Users(store: store, authenticator: authenticator, hasher: hasher, emails: emails)
        sessions = Sessions(
            store: store, authenticator: authenticator, issuer: issuer, hasher: hasher, limiter: limiter,
            emails: emails)
        invitations = Invitations(
            store: store, sessions: sessions, hasher: hasher, limiter: limiter, emails: emails,
            letters: letters)
        audit = AuditLog(store: store)
        billing = Billing(store: store, tariff: tariff)
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
    package func begin(
        name: String, organization id: OrganizationID? = nil,
        keep: @Sendable @escaping (FirstKey) throws -> Void
    ) async throws -> FirstKey? {
        var organization = try await store.organizations().first?.id
        if organization == nil {
            let fresh = id ?? OrganizationID(UniqueID.random().description)
            try await store.addOrganization(fresh, name: name, at: clock.now().wall)
            organization = fresh
        }
        guard let organization, keys.list(organization).isEmpty, try await !store.hasCredentialHistory()
        else {
            return nil
        }
        let created = try await keys.createAdministrator(
            name: "First key", organization: organization, by: .gateway
        ) { token in
            try keep(FirstKey(organization: organization, token: token))
        }
        return FirstKey(organization: organization, token: created.token)
    }

    /// Called before what is stored is read for somebody: what was heard until now is part of it.
    package func expectReading() async { await store.ask() }

    /// The organizations there are, oldest first.
    package func organizations() async throws -> [OrganizationID] {
        try await store.organizations().map(\.id)
    }
}
