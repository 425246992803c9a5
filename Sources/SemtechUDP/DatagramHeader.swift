/// The first four bytes of every GWMP datagram, and the gateway's EUI where the type has one.
///
/// Decoding it costs next to nothing, so that a datagram can be acknowledged before its JSON is
/// looked at.
package struct DatagramHeader: Hashable, Sendable {
    package let version: ProtocolVersion
    /// Bytes 1 and 2 as they came, byte 1 being the more significant; an acknowledgement echoes it.
    package let token: UInt16
    package let kind: Kind
    /// Nil on the types that a server sends: PUSH_ACK, PULL_ACK, PULL_RESP.
    package let gateway: GatewayEUI?

    /// The datagram type, byte 3 (PROTOCOL.md, sections 3 and 5).
    package enum Kind: UInt8, CaseIterable, Sendable {
        case pushData = 0
        case pushAck = 1
        case pullData = 2
        case pullResponse = 3
        case pullAck = 4
        case transmitAck = 5

        /// Sent by a gateway, and so carrying its EUI.
        var isFromGateway: Bool { self == .pushData || self == .pullData || self == .transmitAck }
    }

    static let length = 4
    static let lengthWithGateway = 12

    /// Refuses what is too short for its type, of a version other than 1 and 2, or of an unknown
    /// type. What follows the header is not looked at.
    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        guard bytes.count >= Self.length else { throw .tooShort }
        guard let version = ProtocolVersion(rawValue: bytes[0]) else { throw .unsupportedVersion }
        guard let kind = Kind(rawValue: bytes[3]) else { throw .unknownType }
        self.version = version
        self.kind = kind
        token = UInt16(bytes[1]) << 8 | UInt16(bytes[2])
        gateway = kind.isFromGateway ? GatewayEUI(datagram: bytes) : nil
        if kind.isFromGateway, gateway == nil { throw .tooShort }
    }

    init(version: ProtocolVersion, token: UInt16, kind: Kind, gateway: GatewayEUI? = nil) {
        self.version = version
        self.token = token
        self.kind = kind
        self.gateway = gateway
    }

    /// The header of a datagram that must be of one type and carry an EUI.
    static func decode(
        _ bytes: [UInt8], as kind: Kind
    ) throws(DatagramError) -> (header: DatagramHeader, gateway: GatewayEUI) {
        let header = try DatagramHeader(decoding: bytes)
        guard header.kind == kind, let gateway = header.gateway else { throw .otherType }
        return (header, gateway)
    }

    /// Four bytes, or twelve with an EUI.
    var bytes: [UInt8] {
        [version.rawValue, UInt8(token >> 8), UInt8(truncatingIfNeeded: token), kind.rawValue]
            + (gateway?.bytes ?? [])
    }
}

/// Why a datagram was refused as a whole.
package enum DatagramError: String, Error, Hashable, CaseIterable, Sendable {
    case tooShort = "too_short"
    case unsupportedVersion = "unsupported_version"
    case unknownType = "unknown_type"
    /// A known type, but not the one that was asked for.
    case otherType = "other_type"
    /// The JSON of a PULL_RESP or a TX_ACK is not what the type needs.
    case malformedBody = "malformed_body"
}
