package import EdgeModel
import EdgeStore

extension Upstreams {
    /// An upstream, and how it is doing.
    package typealias Shown = (upstream: Upstream, status: UpstreamStatus)

    private static let sdkKeyLimit = 256

    /// Registers this gateway with a service that speaks the Hubble gateway API; from now on what the
    /// organization's Hubble devices send goes there as it was heard. `deviceID` is what this gateway calls
    /// itself there: a new identifier without it. Throws `conflict` while another is being added.
    package func addHubble(
        url: String, sdkKey: String, deviceID: String?, pin: [UInt8]?, for organization: OrganizationID,
        by origin: Origin
    ) async throws -> Shown {
        try await turn.with {
            try await addHubbleAlone(
                url: url, sdkKey: sdkKey, deviceID: deviceID, pin: pin, for: organization, by: origin)
        }
    }

    private func addHubbleAlone(
        url: String, sdkKey: String, deviceID: String?, pin: [UInt8]?, for organization: OrganizationID,
        by origin: Origin
    ) async throws -> Shown {
        let url = try await checked(url, pin: pin, for: organization)
        // A header's value.
        guard !sdkKey.isEmpty, sdkKey.utf8.count <= Self.sdkKeyLimit,
            sdkKey.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw EdgeError.invalid("sdk_key: 1 to \(Self.sdkKeyLimit) printable ASCII characters") }
        let name = try deviceID.map { name in
            try TextRule(field: "device_id", limit: Gateways.deviceIDLimit).check(name)
        }
        let id = UpstreamID(UniqueID.random().description)
        let now = store.clock.now().wall
        var upstream = Upstream(
            id: id, url: url, organization: organization, gateway: GatewayID(""),
            credential: SecretBytes(Array(sdkKey.utf8)), privateKey: SecretBytes([]), centralKey: [],
            pin: pin, createdAt: now,
            hubble: HubbleRegistration(deviceID: name ?? id.rawValue, refreshToken: SecretBytes([])))
        let admission = try await link.register(upstream)
        upstream.gateway = admission.gateway
        upstream.hubble?.refreshToken = admission.token
        try await store.addUpstream(
            upstream, audit: AuditNote(.upstreamAdd, by: origin, at: now, in: organization, detail: url))
        return (upstream, try await status(of: upstream))
    }
}
