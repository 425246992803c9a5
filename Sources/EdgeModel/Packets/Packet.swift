/// One message of one device, as it is stored and served.
package struct Packet: Sendable {
    package var id: UniqueID
    package var platform: Platform
    package var protection: Protection
    package var payload: [UInt8]
    /// The time counter that opened it: day number, or index in the uptime pool; nil for LoRaWAN.
    package var counter: UInt32?
    /// Hubble: 10 bits (version 0), the nonce salt (version 2). LoRaWAN: FCntUp, 32 bits.
    package var sequenceNumber: UInt32?
    package var fPort: UInt8?
    /// When the first reception was, by the wall clock, re-dated when that clock became good.
    package var receivedAt: Timestamp
    package var clockQuality: ClockQuality
    /// The strongest reception.
    package var best: Reception
    /// The other receptions, strongest first.
    package var others: [Reception] = []

    package enum Protection: Int, Sendable {
        /// Opened with the device's key, and authentic.
        case decrypted = 1
        /// Sent in clear: anyone could have sent it.
        case unencrypted = 2

        package var name: String {
            switch self {
            case .decrypted: "decrypted"
            case .unencrypted: "unencrypted"
            }
        }
    }

    package init(
        id: UniqueID, platform: Platform, protection: Protection, payload: [UInt8],
        counter: UInt32?, sequenceNumber: UInt32?, fPort: UInt8?, receivedAt: Timestamp,
        clockQuality: ClockQuality, best: Reception
    ) {
        self.id = id
        self.platform = platform
        self.protection = protection
        self.payload = payload
        self.counter = counter
        self.sequenceNumber = sequenceNumber
        self.fPort = fPort
        self.receivedAt = receivedAt
        self.clockQuality = clockQuality
        self.best = best
    }

    /// All receptions, strongest first.
    package var receptions: [Reception] { [best] + others }
}

/// All that one gateway heard of one packet.
package struct Reception: Hashable, Sendable {
    package var gateway: GatewayID
    package var firstAt: Timestamp
    package var lastAt: Timestamp
    /// How often this gateway heard it.
    package var count: Int
    /// The strongest.
    package var rssi: RSSI?
    /// The signal-to-noise ratio in dB of the strongest; LoRa only.
    package var snr: Double?
    package var frequency: UInt32?
    package var dataRate: String?
    package var location: Location?

    package init(
        gateway: GatewayID, firstAt: Timestamp, lastAt: Timestamp, count: Int, rssi: RSSI?,
        snr: Double? = nil, frequency: UInt32? = nil, dataRate: String? = nil, location: Location? = nil
    ) {
        self.gateway = gateway
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.count = count
        self.rssi = rssi
        self.snr = snr
        self.frequency = frequency
        self.dataRate = dataRate
        self.location = location
    }
}

extension [Reception] {
    /// By RSSI, the unknown ones last; the order is otherwise kept.
    package func strongestFirst() -> [Reception] {
        guard count > 1 else { return self }
        return sorted { ($0.rssi?.dBm ?? .min) > ($1.rssi?.dBm ?? .min) }
    }
}
