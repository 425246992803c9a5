/// PULL_ACK (0x04): the server has received a PULL_DATA, and the way down is open. Four bytes.
package struct PullAck: Hashable, Sendable {
    package var version: ProtocolVersion
    /// The token of the PULL_DATA.
    package var token: UInt16

    package init(version: ProtocolVersion, token: UInt16) {
        self.version = version
        self.token = token
    }

    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let header = try DatagramHeader(decoding: bytes)
        guard header.kind == .pullAck else { throw .otherType }
        self.init(version: header.version, token: header.token)
    }

    package var bytes: [UInt8] {
        DatagramHeader(version: version, token: token, kind: .pullAck).bytes
    }
}
