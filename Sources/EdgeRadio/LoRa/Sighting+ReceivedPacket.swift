import EdgeModel
import SemtechUDP

/// Why a received packet is no LoRaWAN frame. Whether it is authentic is for the pipeline to find.
enum FrameRejection: String, Error, Hashable, CaseIterable {
    /// Shorter than the twelve bytes of the shortest frame.
    case tooShort = "frame_too_short"
    /// MType 7.
    case proprietary = "proprietary"
    /// Major is not 0, LoRaWAN R1.
    case unsupportedMajor = "unsupported_major"
}

extension Sighting {
    /// One reception by a forwarder's concentrator.
    init(
        _ packet: ReceivedPacket, gateway: GatewayID, source: UInt64, at time: ClockReading,
        location: Location?
    ) throws(FrameRejection) {
        guard let header = packet.payload.first, packet.payload.count >= 12 else { throw .tooShort }
        guard header & 0b11 == 0 else { throw .unsupportedMajor }
        guard header >> 5 != 7 else { throw .proprietary }
        let reception = LoRaReception(
            frequency: packet.frequency, dataRate: packet.dataRate.description,
            codingRate: packet.codingRate, snr: packet.signal.snr,
            counterMicroseconds: packet.counter ?? 0, hasCounter: packet.counter != nil,
            channel: packet.signal.channel,
            gpsMilliseconds: packet.gpsMilliseconds, source: source)
        self.init(
            gateway: gateway, receivedAt: time,
            rssi: packet.signal.rssi.flatMap { Int(exactly: $0.rounded()) }.flatMap(RSSI.init(dBm:)),
            frame: .lorawan(phyPayload: packet.payload, reception), location: location)
    }
}
