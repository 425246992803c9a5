/// PULL_DATA (0x02): a gateway's keepalive, which opens the way for PULL_RESP through whatever
/// address translation lies between. Twelve bytes.
package struct PullData: Hashable, Sendable {
    package var version: ProtocolVersion
    package var token: UInt16
    package var gateway: GatewayEUI

    package init(version: ProtocolVersion, token: UInt16, gateway: GatewayEUI) {
        self.version = version
        self.token = token
        self.gateway = gateway
    }

    /// Bytes after the twelfth are ignored.
    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let (header, gateway) = try DatagramHeader.decode(bytes, as: .pullData)
        self.init(version: header.version, token: header.token, gateway: gateway)
    }

    package var bytes: [UInt8] {
        DatagramHeader(version: version, token: token, kind: .pullData, gateway: gateway).bytes
    }
}
