/// PUSH_DATA (0x00): what a gateway has received, and its statistics.
///
/// Decoding keeps what is good and lists why the rest was not: one bad `rxpk` costs itself, a
/// `stat` that breaks off does not cost the `rxpk` before it.
///
/// Copies in one datagram are one uplink, and the strongest (RSSI, then SNR, then the first)
/// is kept in the place of the first. Two receptions are copies when
/// - their bytes are equal, whatever the frequency, channel and antenna: a near-field transmitter
///   is demodulated on neighbouring channels too; or
/// - one has a valid CRC and the other's was not checked, and data rate and length are equal,
///   the frequencies differ and `tmst` differs by at most 1 ms: the same ghost, with bit errors.
///   The one with the valid CRC is kept.
package struct PushData: Hashable, Sendable {
    package var version: ProtocolVersion
    package var token: UInt16
    package var gateway: GatewayEUI
    package var packets: [ReceivedPacket]
    package var statistics: ForwarderStatistics?
    /// What was not kept, in the order in which it was met. Empty on one that was not decoded.
    package var rejections: [Rejection] = []

    /// What a concentrator can hand over at once (SX1302).
    package static let maximumPackets = 255

    package init(
        version: ProtocolVersion, token: UInt16, gateway: GatewayEUI, packets: [ReceivedPacket] = [],
        statistics: ForwarderStatistics? = nil
    ) {
        self.version = version
        self.token = token
        self.gateway = gateway
        self.packets = packets
        self.statistics = statistics
    }

    /// Throws only when the header is not that of a PUSH_DATA; bad JSON is a rejection.
    package init(decoding bytes: [UInt8]) throws(DatagramError) {
        let (header, gateway) = try DatagramHeader.decode(bytes, as: .pushData)
        self.init(version: header.version, token: header.token, gateway: gateway)
        do {
            try readBody(JSONReader(bytes, from: DatagramHeader.lengthWithGateway))
        } catch {
            rejections.append(.malformedBody)
        }
    }

    private mutating func readBody(_ reader: consuming JSONReader) throws(JSONReader.SyntaxError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "rxpk": guard try readPackets(from: &reader) else { return }
            case "stat" where reader.peek() != UInt8(ascii: "n"):
                guard readStatistics(from: &reader) else { return }
            default: try reader.skipValue()
            }
        }
    }

    /// False when the rest of the datagram cannot be read.
    private mutating func readPackets(from reader: inout JSONReader) throws(JSONReader.SyntaxError) -> Bool {
        guard reader.peek() == UInt8(ascii: "[") else {
            let isNull = reader.peek() == UInt8(ascii: "n")
            try reader.skipValue()
            if !isNull { rejections.append(.malformedRxpk) }
            return true
        }
        try reader.beginArray()
        var count = 0
        while try reader.hasElement() {
            guard count < Self.maximumPackets else {
                rejections.append(.tooManyRxpk)
                return false
            }
            count += 1
            let start = reader.index
            do {
                switch try ReceivedPacket.read(from: &reader) {
                case .success(let packet): keep(packet)
                case .failure(let reason): rejections.append(reason)
                }
            } catch {
                rejections.append(.malformedRxpk)
                reader.index = start
                guard (try? reader.skipValue()) != nil else { return false }
            }
        }
        return true
    }

    private mutating func readStatistics(from reader: inout JSONReader) -> Bool {
        let start = reader.index
        if let stat = try? ForwarderStatistics.read(from: &reader) {
            statistics = stat
            return true
        }
        rejections.append(.malformedStat)
        reader.index = start
        return (try? reader.skipValue()) != nil
    }

    private mutating func keep(_ packet: ReceivedPacket) {
        guard let original = packets.firstIndex(where: { $0.isCopy(of: packet) }) else {
            packets.append(packet)
            return
        }
        rejections.append(.ghost)
        if packet.isBetterCopy(than: packets[original]) { packets[original] = packet }
    }
}

extension ReceivedPacket {
    fileprivate func isCopy(of other: ReceivedPacket) -> Bool {
        if payload == other.payload { return true }
        guard crc != other.crc, dataRate == other.dataRate, payload.count == other.payload.count,
            frequency != other.frequency, let counter, let otherCounter = other.counter
        else { return false }
        let difference = Int32(truncatingIfNeeded: Int64(counter) - Int64(otherCounter))
        return difference.magnitude <= 1000
    }

    fileprivate func isBetterCopy(than other: ReceivedPacket) -> Bool {
        crc == other.crc ? signal.isStronger(than: other.signal) : crc == .valid
    }
}
