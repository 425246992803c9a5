package import EdgeModel
import EdgeStore
import Synchronization

/// The keys that an organization's gateways register with.
extension Gateways {
    /// More keys than this in one organization are refused.
    package static let sdkKeyLimit = 100

    /// A fresh key and its token, which is never to be had again.
    package func createSDKKey(
        name: String, in organization: OrganizationID, by origin: Origin
    ) async throws -> (key: SDKKey, token: String) {
        let name = try TextRule(field: "name", limit: APIKeys.nameLimit).check(name)
        guard sdkKeys(of: organization).count < Self.sdkKeyLimit else {
            throw EdgeError(.conflict, "An organization has at most \(Self.sdkKeyLimit) SDK keys")
        }
        let key = SDKKey(
            id: SDKKeyID(UniqueID.random().description), organization: organization, name: name,
            createdAt: store.clock.now().wall)
        let token = FreshTokens.make("hsk_")
        let hash = TokenIssuer.hash(token)
        try await store.addSDKKey(
            key, hash: hash,
            audit: AuditNote(.sdkKeyCreate, by: origin, at: key.createdAt, in: organization))
        directory.withLock { $0.put(key, hash: hash) }
        return (key, token)
    }

    /// Those that are good, the oldest first.
    package func sdkKeys(of organization: OrganizationID) -> [SDKKey] {
        directory.withLock { $0.sdkKeys.values.filter { $0.organization == organization } }
            .sorted { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
    }

    /// From now on neither the key nor any token that it led to is good.
    package func revokeSDKKey(
        _ id: SDKKeyID, in organization: OrganizationID, by origin: Origin
    ) async throws {
        guard directory.withLock({ $0.sdkKeys[id] })?.organization == organization else {
            throw EdgeError.notFound("SDK key not found")
        }
        let now = store.clock.now().wall
        try await store.revokeSDKKey(
            id, at: now, audit: AuditNote(.sdkKeyRevoke, by: origin, at: now, in: organization))
        directory.withLock { $0.remove(id) }
    }
}
