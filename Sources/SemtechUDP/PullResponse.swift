/// PULL_RESP (0x03): a downlink for a gateway to send. JSON from byte 4.
package struct PullResponse: Hashable, Sendable {
    package var version: ProtocolVersion
    /// Echoed by the TX_ACK of a version 2 forwarder; version 1 leaves the bytes unused, and they
    /// are sent as zeros.
    package var token: UInt16
    package var packet: TransmitPacket

    package init(version: ProtocolVersion, token: UInt16, packet: TransmitPacket) {
        self.version = version
        self.token = token
        self.packet = packet
    }

    /// For a simulated gateway. `malformedBody` stands for every fault of the `txpk`.
    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let header = try DatagramHeader(decoding: bytes)
        guard header.kind == .pullResponse else { throw .otherType }
        do {
            var reader = JSONReader(bytes, from: DatagramHeader.length)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "txpk" {
                    let packet = try TransmitPacket.read(from: &reader)
                    self.init(version: header.version, token: header.token, packet: packet)
                    return
                }
                try reader.skipValue()
            }
        } catch {
            throw .malformedBody
        }
        throw .malformedBody
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        packet.write(to: &writer)
        writer.endObject()
        let header = DatagramHeader(
            version: version, token: version == .v1 ? 0 : token, kind: .pullResponse)
        return header.bytes + writer.bytes
    }
}
