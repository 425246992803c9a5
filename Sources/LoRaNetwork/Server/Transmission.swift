/// The number of one attempt to send a frame; TX_ACK refers to it.
package struct TransmissionToken: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A gateway as the network server knows it.
package struct GatewayEUI: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A frame to be handed to a gateway now: what a `txpk` says.
package struct Transmission: Hashable, Sendable {
    package var token: TransmissionToken
    package var gateway: GatewayEUI
    /// `UplinkReception.source` of what it answers; 0 where that is not known.
    package var source: UInt64
    package var timing: Timing
    /// Hertz.
    package var frequency: UInt32
    /// `SF7BW125`, or `FSK50000`.
    package var dataRate: String
    /// dBm EIRP; the gain of the gateway's antenna is not subtracted.
    package var power: Double
    package var phyPayload: [UInt8]
    /// LoRa downlinks are sent with inverted polarity.
    package var isInverted: Bool
    package var window: ReceiveWindow
    /// FCntDown, all 32 bits; nil for a join-accept.
    package var counter: UInt32?

    package init(
        token: TransmissionToken, gateway: GatewayEUI, timing: Timing, frequency: UInt32, dataRate: String,
        power: Double, phyPayload: [UInt8], isInverted: Bool, window: ReceiveWindow,
        counter: UInt32? = nil, source: UInt64 = 0
    ) {
        self.token = token
        self.gateway = gateway
        self.source = source
        self.timing = timing
        self.frequency = frequency
        self.dataRate = dataRate
        self.power = power
        self.phyPayload = phyPayload
        self.isInverted = isInverted
        self.window = window
        self.counter = counter
    }

    package enum Timing: Hashable, Sendable {
        /// When the gateway's counter has this value.
        case at(UInt32)
        /// Class C.
        case immediate
    }
}

/// Where the device listens.
package enum ReceiveWindow: String, Hashable, Sendable {
    case rx1, rx2
    /// Class C: always, with the parameters of RX2.
    case rxC = "rxc"
}

/// What a gateway said to a transmission.
package enum TransmitOutcome: Hashable, Sendable {
    /// Queued, not sent.
    case accepted
    /// The code of TX_ACK: `TOO_LATE`, `COLLISION_PACKET`…
    case refused(String)
    /// It never left: there is no way to the gateway.
    case unreachable
    /// It never left: what it depends on could not be made durable.
    case notStored

    /// The gateway has said it.
    var isGateways: Bool {
        switch self {
        case .accepted, .refused: true
        case .unreachable, .notStored: false
        }
    }
}
