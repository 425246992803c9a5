package import EdgeModel
package import EdgeStore

/// How a gateway reaches a central it does not know yet.
package struct UpstreamLink: Sendable {
    /// What a central gives for a code.
    package struct Grant: Sendable {
        package var gateway: GatewayID
        package var credential: SecretBytes
        package var centralKey: [UInt8]
        /// Of the public key that the central proved; nil over http.
        package var pin: [UInt8]?

        package init(gateway: GatewayID, credential: SecretBytes, centralKey: [UInt8], pin: [UInt8]?) {
            self.centralKey = centralKey
            self.gateway = gateway
            self.credential = credential
            self.pin = pin
        }
    }

    /// How a gateway asks to be enrolled.
    package struct Request: Sendable {
        package var url: String
        package var code: String
        /// What the registry will be sealed to (X25519): the same each time the code is tried, because a
        /// central takes a code again from the same key only.
        package var privateKey: SecretBytes
        /// The SHA-256 of the public key that the central must prove.
        package var pin: [UInt8]?
    }

    package var board: UpstreamBoard
    package var enroll: @Sendable (Request) async throws -> Grant

    /// Registers with a service that speaks the Hubble gateway API; gives the identifier that it has there
    /// and a refresh token.
    package var register: @Sendable (Upstream) async throws -> (gateway: GatewayID, token: SecretBytes)

    package init(
        board: UpstreamBoard,
        register: @escaping @Sendable (Upstream) async throws -> (gateway: GatewayID, token: SecretBytes),
        enroll: @escaping @Sendable (Request) async throws -> Grant
    ) {
        self.board = board
        self.register = register
        self.enroll = enroll
    }

    /// Where nothing is sent.
    package static let none = UpstreamLink(board: UpstreamBoard(), register: { _ in throw unreachable }) {
        _ in throw unreachable
    }
    private static let unreachable = EdgeError(.unavailable, "Centrals cannot be reached from here")
}

/// A gateway's side of store and forward: the centrals that it sends to.
package struct Upstreams: Sendable {
    /// More upstreams than this are refused.
    package static let limit = 8

    let store: Store
    let link: UpstreamLink
    let turn = UpstreamTurn()
    private let authenticator: Authenticator

    package init(store: Store, link: UpstreamLink, authenticator: Authenticator) {
        self.store = store
        self.link = link
        self.authenticator = authenticator
    }

    /// Enrolls this gateway with the central at `url`; from now on the organization's packets go there.
    /// Tried again after the central's answer was lost, or after this process died of it, the same code
    /// is still good as long as it lasts. Throws `conflict` while another is being added, and for a code that
    /// is in use here.
    package func enroll(
        url: String, code: String, pin: [UInt8]?, for organization: OrganizationID, by origin: Origin
    ) async throws -> Shown {
        try await turn.with {
            try await enrollAlone(url: url, code: code, pin: pin, for: organization, by: origin)
        }
    }

    private func enrollAlone(
        url: String, code: String, pin: [UInt8]?, for organization: OrganizationID, by origin: Origin
    ) async throws -> Shown {
        let url = try await checked(url, pin: pin, for: organization)
        let privateKey = store.enrollmentKey(for: HandCode.canonical(code))
        // However the central is reached: it would take back the credential that is in use.
        guard try await !store.upstreams().contains(where: { $0.privateKey == privateKey }) else {
            throw EdgeError(.conflict, "This gateway was enrolled with this code already")
        }
        let grant = try await link.enroll(
            UpstreamLink.Request(url: url, code: code, privateKey: privateKey, pin: pin))
        let now = store.clock.now().wall
        let upstream = Upstream(
            id: UpstreamID(UniqueID.random().description), url: url, organization: organization,
            gateway: grant.gateway, credential: grant.credential, privateKey: privateKey,
            centralKey: grant.centralKey, pin: grant.pin, createdAt: now)
        try await store.addUpstream(
            upstream, audit: AuditNote(.upstreamAdd, by: origin, at: now, in: organization, detail: url))
        return (upstream, try await status(of: upstream))
    }

    /// Whether the organization's packets go to the central at `url` already.
    package func sends(to url: String, for organization: OrganizationID) async throws -> Bool {
        let url = String(try DestinationURL(url).text.dropLast())
        return try await store.upstreams().contains { $0.url == url && $0.organization == organization }
    }

    /// The URL as it is kept, of a destination that may be added.
    func checked(_ url: String, pin: [UInt8]?, for organization: OrganizationID) async throws -> String {
        let destination = try DestinationURL(url)
        guard destination.target == "/" else { throw EdgeError.invalid("url: it must have no path") }
        try DestinationRule().check(destination)
        guard pin == nil || destination.scheme == .https else {
            throw EdgeError.invalid("pin: only https has a key to pin")
        }
        let url = String(destination.text.dropLast())
        let known = try await store.upstreams()
        guard known.count < Self.limit else {
            throw EdgeError(.conflict, "A gateway has at most \(Self.limit) upstreams")
        }
        guard !known.contains(where: { $0.url == url && $0.organization == organization }) else {
            throw EdgeError(.conflict, "This gateway sends there already; remove that upstream first")
        }
        return url
    }

    /// Those of an organization, the oldest first.
    package func list(_ organization: OrganizationID) async throws -> [(
        upstream: Upstream, status: UpstreamStatus
    )] {
        var list: [(upstream: Upstream, status: UpstreamStatus)] = []
        for upstream in try await store.upstreams() where upstream.organization == organization {
            list.append((upstream, try await status(of: upstream)))
        }
        return list
    }

    /// Holds an upstream, or lets it go on.
    package func setPaused(
        _ isPaused: Bool, _ id: UpstreamID, in organization: OrganizationID, by origin: Origin
    ) async throws -> (upstream: Upstream, status: UpstreamStatus) {
        _ = try await find(id, in: organization)
        let note = AuditNote(
            isPaused ? .upstreamPause : .upstreamResume, by: origin, at: store.clock.now().wall,
            in: organization)
        _ = try await store.setPaused(isPaused, upstream: id, audit: note)
        let upstream = try await find(id, in: organization)
        return (upstream, try await status(of: upstream))
    }

    /// Whether frames that nobody could open go there, too.
    package func setSendsRawFrames(
        _ sends: Bool, _ id: UpstreamID, in organization: OrganizationID, by origin: Origin
    ) async throws -> (upstream: Upstream, status: UpstreamStatus) {
        _ = try await find(id, in: organization)
        let note = AuditNote(
            .upstreamChange, by: origin, at: store.clock.now().wall, in: organization,
            detail: "raw_frames \(sends)")
        _ = try await store.setSendsRawFrames(sends, upstream: id, audit: note)
        let upstream = try await find(id, in: organization)
        return (upstream, try await status(of: upstream))
    }

    /// Nothing is sent there any more. What was sent stays there; keys, people and webhooks that came from
    /// there are gone from here.
    package func remove(_ id: UpstreamID, in organization: OrganizationID, by origin: Origin) async throws {
        let note = AuditNote(.upstreamRemove, by: origin, at: store.clock.now().wall, in: organization)
        _ = try await find(id, in: organization)
        _ = try await store.removeUpstream(id, audit: note) { [authenticator] outcome in
            authenticator.take(outcome.changes, in: organization)
        }
    }

    func find(_ id: UpstreamID, in organization: OrganizationID) async throws -> Upstream {
        let found = try await store.upstreams().first { $0.id == id && $0.organization == organization }
        guard let found else { throw EdgeError.notFound("Upstream not found") }
        return found
    }

    /// What the service says of it; where none runs, what the database says.
    func status(of upstream: Upstream) async throws -> UpstreamStatus {
        var status = link.board[upstream.id] ?? UpstreamStatus()
        if upstream.isPaused { status.state = .paused }
        if status.contactAt == nil {
            status.mark = upstream.arrived.mark
            status.registryRevision = upstream.registryRevision
            status.contradictions = upstream.contradictions
            status.failure = status.failure ?? upstream.lastError
            status.rate = status.rate ?? upstream.rowsPerSecond
            let backlog = try await store.backlog(beyond: upstream.arrived)
            (status.waiting, status.oldestWaiting) = (backlog.rows, backlog.oldest)
        }
        status.lastSequence = store.lastSequence
        return status
    }
}
