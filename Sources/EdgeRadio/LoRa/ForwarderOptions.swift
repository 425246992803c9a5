package import EdgeModel

/// Where to listen for packet forwarders, and what to take from them.
///
/// The protocol has no authentication: whoever reaches the port can claim to be any gateway and
/// can move a gateway's downlink path. The listening address, the allow-list and the limits are all
/// the protection there is; a MIC still decides about every frame.
package struct ForwarderOptions: Sendable {
    /// A numeric address or a name; `0.0.0.0` and `::` listen on all interfaces.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Gateways whose datagrams are taken; nil takes all. The others get no acknowledgement.
    package var allowedGateways: Set<EUI64>?
    package var limits = Limits()

    package init(host: String, port: Int, allowedGateways: Set<EUI64>? = nil) {
        self.host = host
        self.port = port
        self.allowedGateways = allowedGateways
    }

    /// What one source address may send. A datagram beyond it is dropped before it is read, not
    /// acknowledged, and counted.
    package struct Limits: Sendable {
        /// Sustained rate per address. A thousand gateways may stand behind one address
        /// translation, each with twenty datagrams a second and its keepalives.
        package var datagramsPerSecond = 50_000
        /// What may come at once after a pause.
        package var burst = 50_000
        /// Addresses watched separately; those beyond it share one allowance.
        package var sources = 4_096

        package init() {}
    }
}
