import EdgeModel
import EdgeStore
import GatewayTestSupport

extension StoreFixture {
    /// Makes a central that nobody answers at the upstream of this gateway.
    func addUpstream() async throws -> Upstream {
        let upstream = Upstream(
            id: UpstreamID("up"), url: "http://127.0.0.1:1", organization: Self.organization,
            gateway: GatewayID("gw"), credential: SecretBytes([1]),
            privateKey: SecretBytes([UInt8](repeating: 2, count: 32)),
            centralKey: [UInt8](repeating: 3, count: 32), pin: nil, createdAt: clock.now.wall)
        try await store.addUpstream(upstream, audit: nil)
        return upstream
    }
}
