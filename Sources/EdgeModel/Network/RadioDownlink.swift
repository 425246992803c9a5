/// One transmission that a packet forwarder is asked to make.
package struct RadioDownlink: Hashable, Sendable {
    /// The network server's number of the attempt; the answer names it.
    package var reference: UInt64
    package var gateway: EUI64
    /// `LoRaReception.source` of the uplink that it answers; 0 leaves the choice among forwarders of one EUI.
    package var source: UInt64
    package var timing: Timing
    /// Centre frequency in hertz.
    package var frequency: UInt32
    /// `SF7BW125`, or `FSK50000`.
    package var dataRate: String
    /// dBm; nil leaves it to the forwarder.
    package var power: Int?
    /// A whole `PHYPayload`, at most 255 bytes.
    package var payload: [UInt8]

    package enum Timing: Hashable, Sendable {
        case immediately
        /// When the concentrator's wrapping microsecond counter has this value.
        case counter(UInt32)
    }

    package init(
        reference: UInt64, gateway: EUI64, source: UInt64 = 0, timing: Timing, frequency: UInt32,
        dataRate: String, power: Int?, payload: [UInt8]
    ) {
        self.reference = reference
        self.gateway = gateway
        self.source = source
        self.timing = timing
        self.frequency = frequency
        self.dataRate = dataRate
        self.power = power
        self.payload = payload
    }
}

/// What became of a `RadioDownlink`.
package struct DownlinkAnswer: Hashable, Sendable {
    package var reference: UInt64
    package var outcome: Outcome

    package enum Outcome: Hashable, Sendable {
        /// Queued by the forwarder, or handed to one of version 1, which never answers.
        case accepted
        /// The forwarder's word for why: `TOO_LATE`, `COLLISION_PACKET`, …
        case refused(String)
        /// There is no way to the gateway: it has not pulled for 90 seconds.
        case unreachable
        /// It was not handed over: what it depends on could not be made durable.
        case notStored
    }

    package init(reference: UInt64, outcome: Outcome) {
        self.reference = reference
        self.outcome = outcome
    }
}
