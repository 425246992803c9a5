import EdgeModel

/// Packet forwarders that begin to share an EUI: each is told of once, until it ends.
struct DuplicateWatch: Sendable {
    private var known: Set<GatewayID> = []

    /// Those that were none at the last look.
    func fresh(among stations: [GatewayStatus]) -> [GatewayStatus] {
        stations.filter { $0.duplicate != nil && !known.contains($0.id) }.sorted {
            $0.id.rawValue < $1.id.rawValue
        }
    }

    /// Everybody was told of these.
    mutating func told(of stations: [GatewayStatus]) {
        known = Set(stations.lazy.filter { $0.duplicate != nil }.map(\.id))
    }
}
