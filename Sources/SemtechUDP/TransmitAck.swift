/// TX_ACK (0x05): what a gateway says to a PULL_RESP (version 2 only).
///
/// Accepted means queued, not sent.
package struct TransmitAck: Hashable, Sendable {
    package var version: ProtocolVersion
    /// The token of the PULL_RESP.
    package var token: UInt16
    package var gateway: GatewayEUI
    package var outcome: Outcome

    package enum Outcome: Hashable, Sendable {
        case accepted
        /// Queued all the same, for instance with another power than was asked for.
        case acceptedWithWarning(Code)
        case refused(Code)
    }

    /// `error` and `warn` (PROTOCOL.md, section 6; sx1302_hal adds the last two).
    package enum Code: String, Hashable, CaseIterable, Sendable {
        case tooLate = "TOO_LATE"
        /// Also what a `tmst` in the past gives, through the 32-bit wrap.
        case tooEarly = "TOO_EARLY"
        case collisionPacket = "COLLISION_PACKET"
        case collisionBeacon = "COLLISION_BEACON"
        case frequency = "TX_FREQ"
        case power = "TX_POWER"
        case gpsUnlocked = "GPS_UNLOCKED"
        /// Anything else, `UNKNOWN` included.
        case unknown = "UNKNOWN"
    }

    package init(version: ProtocolVersion, token: UInt16, gateway: GatewayEUI, outcome: Outcome) {
        self.version = version
        self.token = token
        self.gateway = gateway
        self.outcome = outcome
    }

    /// No JSON means accepted, and so does a trailing NUL (13 bytes, met in the field).
    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let (header, gateway) = try DatagramHeader.decode(bytes, as: .transmitAck)
        self.init(version: header.version, token: header.token, gateway: gateway, outcome: .accepted)
        let body = bytes[DatagramHeader.lengthWithGateway...]
        guard body.contains(where: { $0 > 0x20 }) else { return }
        do {
            outcome = try Self.outcome(in: JSONReader(bytes, from: DatagramHeader.lengthWithGateway))
        } catch {
            throw .malformedBody
        }
    }

    private static func outcome(in reader: consuming JSONReader) throws(JSONReader.SyntaxError) -> Outcome {
        var outcome = Outcome.accepted
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "txpk_ack", reader.peek() == UInt8(ascii: "{") else {
                try reader.skipValue()
                continue
            }
            try reader.beginObject()
            while let key = try reader.nextKey() {
                guard key == "error" || key == "warn" else {
                    try reader.skipValue()
                    continue
                }
                guard let name = try reader.stringValue(), name != "NONE", name != "" else { continue }
                let code = Code(rawValue: name) ?? .unknown
                outcome = key == "error" ? .refused(code) : .acceptedWithWarning(code)
            }
        }
        return outcome
    }

    package var bytes: [UInt8] {
        let header = DatagramHeader(version: version, token: token, kind: .transmitAck, gateway: gateway)
        guard outcome != .accepted else { return header.bytes }
        var writer = JSONWriter()
        writer.beginObject()
        writer.beginObject("txpk_ack")
        switch outcome {
        case .accepted: break
        case .acceptedWithWarning(let code): writer.member("warn", code.rawValue)
        case .refused(let code): writer.member("error", code.rawValue)
        }
        writer.endObject()
        writer.endObject()
        return header.bytes + writer.bytes
    }
}
