import Crypto
package import EdgeModel
package import EdgeStore
import Synchronization

/// Gateways that hear by themselves and upload: who they are, and the tokens by which they are known.
package final class Gateways: Sendable {
    let store: Store
    private let board: GatewayBoard
    private let uploads: Uploads
    let directory: Mutex<GatewayDirectory>

    /// More gateways than this are refused.
    package static let limit = 10_000
    package static let deviceIDLimit = 128

    package init(store: Store, board: GatewayBoard, uploads: Uploads) async throws {
        self.store = store
        self.board = board
        self.uploads = uploads
        var directory = GatewayDirectory()
        for (key, hash) in try await store.sdkKeys() { directory.put(key, hash: hash) }
        for gateway in try await store.uploadingGateways() { directory.put(gateway) }
        self.directory = Mutex(directory)
    }

    /// What a gateway is handed: its tokens are nowhere else.
    package struct Admission: Sendable {
        package var gateway: UploadingGateway
        package var deviceToken: String
        package var refreshToken: String
        /// It was not registered before.
        package var isNew: Bool
    }

    /// Registers a gateway, or registers it again, with its organization's SDK key. Throws
    /// `unauthenticated` for a key that is not good.
    package func register(
        deviceID: String, _ description: UploadingGateway.Description, sdkKey token: String
    ) async throws -> Admission {
        guard let key = directory.withLock({ $0.sdkKey(hash: TokenIssuer.hash(token)) }) else {
            throw EdgeError(.unauthenticated, "The SDK key is not valid")
        }
        let deviceID = try TextRule(field: "deviceId", limit: Self.deviceIDLimit).check(deviceID)
        let description = try checked(description)
        let id = UploadingGateway.id(of: deviceID, in: key.organization)
        let (known, count) = directory.withLock { ($0.gateways[id], $0.gateways.count) }
        guard known != nil || count < Self.limit else {
            throw EdgeError(.conflict, "At most \(Self.limit) gateways can be registered")
        }
        let tokens = FreshTokens()
        let now = store.moment
        let gateway = try await store.updateGateway(id) { stored in
            var gateway =
                stored
                ?? UploadingGateway(
                    id: id, organization: key.organization, sdkKey: key.id, deviceID: deviceID,
                    description: description, registeredAt: now.wall, lastSeen: now,
                    tokens: GatewayTokens(tokens.pair, at: now))
            if stored != nil { gateway.tokens.replace(with: tokens.pair, at: now) }
            gateway.sdkKey = key.id
            gateway.description = description
            gateway.lastSeen = now
            return gateway
        }
        note(gateway)
        return Admission(
            gateway: gateway, deviceToken: tokens.device, refreshToken: tokens.refresh, isNew: known == nil)
    }

    /// New tokens for a refresh token. Throws `unauthenticated` for one that is not good.
    package func refresh(_ token: String) async throws -> Admission {
        let hash = TokenIssuer.hash(token)
        let refused = EdgeError(.unauthenticated, "The refresh token is not valid")
        guard let known = directory.withLock({ $0.gateway(refreshHash: hash) }) else { throw refused }
        let tokens = FreshTokens()
        let now = store.moment
        let gateway = try await store.updateGateway(known.id) { stored in
            guard var gateway = stored, gateway.tokens.refresh(hash, with: tokens.pair, at: now) else {
                throw refused
            }
            gateway.lastSeen = now
            return gateway
        }
        note(gateway)
        return Admission(
            gateway: gateway, deviceToken: tokens.device, refreshToken: tokens.refresh, isNew: false)
    }

    /// The gateway `id`, whose device token this is. Throws `unauthenticated` for any other.
    package func authenticate(token: some StringProtocol, as id: GatewayID) throws -> UploadingGateway {
        let hash = TokenIssuer.hash(token)
        let now = store.moment
        guard let gateway = directory.withLock({ $0.gateway(deviceHash: hash) }), gateway.id == id,
            gateway.tokens.admits(hash, at: now)
        else { throw EdgeError(.unauthenticated, "The device token is not valid any more") }
        directory.withLock { $0.seen(id, at: now) }
        observe(gateway)
        return gateway
    }

    /// A sign of life, with what the gateway says of itself now.
    package func heartbeat(_ id: GatewayID, _ description: UploadingGateway.Description) async throws
        -> UploadingGateway
    {
        let description = try checked(description)
        return try await change(id) { $0.description = description }
    }

    /// Keeps the last fix. One that is no place is passed over.
    package func locate(_ id: GatewayID, at location: Location, time: Timestamp) async throws {
        _ = try await change(id) { gateway in
            gateway.location = location
            gateway.locatedAt = time
        }
    }

    /// Takes a batch that a gateway uploads; what was heard nowhere known was heard at its last fix.
    package func accept(_ claims: [Uploads.Claim?], batchID: String, from gateway: UploadingGateway)
        async throws
        -> UploadReceipt
    {
        let receipt = try await uploads.accept(
            claims, named: UploadName(gateway: gateway.id, batchID: batchID), of: gateway.organization,
            at: gateway.location)
        if !receipt.isRepeat { directory.withLock { $0.counted(receipt, of: gateway.id) } }
        return receipt
    }

    /// The gateways of an organization, the oldest first, and whether each is online.
    package func list(_ organization: OrganizationID) -> [(gateway: UploadingGateway, isOnline: Bool)] {
        let now = store.moment
        return directory.withLock { $0.gateways.values.filter { $0.organization == organization } }
            .sorted { ($0.registeredAt, $0.id.rawValue) < ($1.registeredAt, $1.id.rawValue) }
            .map { ($0, $0.isOnline(at: now)) }
    }

    /// The stations that were heard since the start, by name: those of the organization, and those that
    /// serve whoever is here.
    package func stations(_ organization: OrganizationID) -> [GatewayStatus] {
        board.snapshot().filter { status in
            self.organization(of: status.id).map { $0 == organization } ?? (status.kind != .uploader)
        }.sorted { $0.id.rawValue < $1.id.rawValue }
    }

    /// Nil for one that is not registered: it serves whoever is here.
    func organization(of id: GatewayID) -> OrganizationID? {
        directory.withLock { $0.gateways[id]?.organization }
    }

    private func change(_ id: GatewayID, _ body: @escaping @Sendable (inout UploadingGateway) -> Void)
        async throws -> UploadingGateway
    {
        let now = store.moment
        let gateway = try await store.updateGateway(id) { stored in
            guard var gateway = stored else { throw EdgeError.notFound("There is no such gateway") }
            body(&gateway)
            gateway.lastSeen = now
            return gateway
        }
        note(gateway)
        return gateway
    }

    private func note(_ gateway: UploadingGateway) {
        directory.withLock { $0.put(gateway) }
        observe(gateway)
    }

    private func observe(_ gateway: UploadingGateway) {
        board.observed(gateway.id, kind: .uploader, at: store.clock.now()) { status in
            status.location = gateway.location
        }
    }

    private func checked(_ description: UploadingGateway.Description) throws -> UploadingGateway.Description {
        let texts = [
            ("type", description.type), ("manufacturer", description.manufacturer),
            ("model", description.model), ("firmwareVersion", description.firmwareVersion),
            ("locale", description.locale), ("bleAdapterState", description.bleAdapterState),
        ]
        for (field, text) in texts {
            if let text { _ = try TextRule(field: field, limit: 250, mayBeEmpty: true).check(text) }
        }
        return description
    }
}

/// A pair of tokens, 256 random bits each.
struct FreshTokens: Sendable {
    let device = FreshTokens.make("hgd_")
    let refresh = FreshTokens.make("hgr_")

    var pair: GatewayTokens.Pair {
        GatewayTokens.Pair(deviceHash: TokenIssuer.hash(device), refreshHash: TokenIssuer.hash(refresh))
    }

    static func make(_ prefix: String) -> String {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        return prefix + Base64URL.encode(random)
    }
}
