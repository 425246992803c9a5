import CoreMetrics
package import Logging
package import NIOCore

/// Lets clients that have the cloud's host names built in reach this gateway: they take it for their
/// HTTPS proxy, and its authority for one that they trust.
package struct ClientTunnel: Sendable {
    private let authority: LocalAuthority
    private let logger: Logger
    private let metrics = TunnelMetrics()

    package init(authority: LocalAuthority, logger: Logger) {
        self.authority = authority
        self.logger = logger
    }

    /// To be called on a connection's event loop, before anything else is added to it.
    package func prepare(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(
            TunnelHandler(authority: authority, metrics: metrics, logger: logger))
    }
}

/// Counters of the tunnel, made once.
struct TunnelMetrics {
    let opened = Counter(label: "edge_tunnel_opened_total")
    let refused = Counter(label: "edge_tunnel_refused_total")
}
