/// One reception of one transmission by one radio: what the radios hand to the pipeline.
package struct Sighting: Hashable, Sendable {
    package var gateway: GatewayID
    /// When the radio heard it, by this machine's clocks.
    package var receivedAt: ClockReading
    /// Signal strength; nil when the radio does not know it.
    package var rssi: RSSI?
    package var frame: Frame
    /// Where the receiving gateway stood, when it says so.
    package var location: Location?

    package init(
        gateway: GatewayID, receivedAt: ClockReading, rssi: RSSI?, frame: Frame,
        location: Location? = nil
    ) {
        self.gateway = gateway
        self.receivedAt = receivedAt
        self.rssi = rssi
        self.frame = frame
        self.location = location
    }

    /// The bytes of the transmission, by the radio that took them.
    package enum Frame: Hashable, Sendable {
        /// Hubble service data after the 16-bit UUID 0xFCA6.
        case hubble(serviceData: [UInt8])
        /// A LoRaWAN `PHYPayload` whose CRC was not reported bad.
        case lorawan(phyPayload: [UInt8], LoRaReception)
    }
}

/// What the concentrator says about a LoRa or FSK reception (GWMP `rxpk`).
package struct LoRaReception: Hashable, Sendable {
    /// Centre frequency in hertz.
    package var frequency: UInt32
    /// As the forwarder spells it, upper case: `SF7BW125`, or the FSK bit rate as `FSK50000`.
    package var dataRate: String
    /// `4/5` and so on; nil on FSK and where the forwarder leaves it out.
    package var codingRate: String?
    /// LoRa signal-to-noise ratio in dB; nil on FSK.
    package var snr: Double?
    /// The concentrator's 32-bit microsecond counter at the end of the reception, wrapping.
    package var counterMicroseconds: UInt32
    /// The forwarder told that counter: without it no window behind the reception can be met.
    package var hasCounter: Bool
    package var channel: Int?
    /// Milliseconds since 1980-01-06, without leap seconds, where the gateway has a GPS.
    package var gpsMilliseconds: UInt64?
    /// Tells forwarders apart that call themselves by one EUI; 0 where nothing is known.
    package var source: UInt64

    package init(
        frequency: UInt32, dataRate: String, codingRate: String? = nil, snr: Double? = nil,
        counterMicroseconds: UInt32, hasCounter: Bool = true, channel: Int? = nil,
        gpsMilliseconds: UInt64? = nil, source: UInt64 = 0
    ) {
        self.frequency = frequency
        self.dataRate = dataRate
        self.codingRate = codingRate
        self.snr = snr
        self.counterMicroseconds = counterMicroseconds
        self.hasCounter = hasCounter
        self.channel = channel
        self.gpsMilliseconds = gpsMilliseconds
        self.source = source
    }
}

/// The name of a receiving station: `edge-<host>-<adapter>` for a local radio,
/// `lora-<gateway EUI>` for a packet forwarder, a UUID for an uploading gateway.
package struct GatewayID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package init(forwarder eui: EUI64) { rawValue = "lora-\(eui)" }
    package var description: String { rawValue }
}

extension GatewayID {
    /// The packet forwarder that this names; nil for any other station.
    package var forwarder: EUI64? {
        guard rawValue.hasPrefix("lora-"), rawValue.utf8.count == 21 else { return nil }
        return EUI64(rawValue.dropFirst(5))
    }
}
