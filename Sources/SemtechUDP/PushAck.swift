/// PUSH_ACK (0x01): the server has received a PUSH_DATA. Four bytes.
package struct PushAck: Hashable, Sendable {
    package var version: ProtocolVersion
    /// The token of the PUSH_DATA.
    package var token: UInt16

    package init(version: ProtocolVersion, token: UInt16) {
        self.version = version
        self.token = token
    }

    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let header = try DatagramHeader(decoding: bytes)
        guard header.kind == .pushAck else { throw .otherType }
        self.init(version: header.version, token: header.token)
    }

    package var bytes: [UInt8] {
        DatagramHeader(version: version, token: token, kind: .pushAck).bytes
    }
}
