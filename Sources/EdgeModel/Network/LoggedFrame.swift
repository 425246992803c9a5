/// One line of the frame log: a LoRaWAN frame in either direction, or what the network server did.
package struct LoggedFrame: Sendable {
    /// Ascends with the order of logging; nil before it is stored.
    package var number: Int64?
    /// Nil before it is stored, and where none is known.
    package var device: DeviceID?
    package var kind: Kind
    package var at: ClockReading
    package var gateway: GatewayID?
    package var radio: Radio?
    /// The whole `PHYPayload`, as it was on the air.
    package var frame: [UInt8]
    /// All 32 bits of the frame counter.
    package var frameCounter: UInt32?
    package var fPort: UInt8?
    /// MAC commands, in words.
    package var commands: [String]
    /// What happened, or why something did not.
    package var note: String?

    package enum Kind: String, CaseIterable, Sendable {
        case joinRequest = "join_request"
        case joinAccept = "join_accept"
        case rejoinRequest = "rejoin_request"
        case uplink
        /// An uplink that was not taken; `note` says why.
        case refused = "refused_uplink"
        case downlink
        /// No frame: the network server noticed or refused something.
        case event
    }

    /// How it was heard, or is to be sent.
    package struct Radio: Hashable, Sendable {
        /// Hertz.
        package var frequency: UInt32
        /// `SF7BW125`, or `FSK50000`.
        package var dataRate: String
        package var rssi: Double?
        package var snr: Double?
        /// dBm EIRP, of a downlink.
        package var power: Int?

        package init(
            frequency: UInt32, dataRate: String, rssi: Double? = nil, snr: Double? = nil, power: Int? = nil
        ) {
            self.frequency = frequency
            self.dataRate = dataRate
            self.rssi = rssi
            self.snr = snr
            self.power = power
        }
    }

    package init(
        device: DeviceID? = nil, kind: Kind, at: ClockReading, gateway: GatewayID? = nil, radio: Radio? = nil,
        frame: [UInt8] = [], frameCounter: UInt32? = nil, fPort: UInt8? = nil, commands: [String] = [],
        note: String? = nil
    ) {
        self.device = device
        self.kind = kind
        self.at = at
        self.gateway = gateway
        self.radio = radio
        self.frame = frame
        self.frameCounter = frameCounter
        self.fPort = fPort
        self.commands = commands
        self.note = note
    }
}

/// Which lines of the frame log are wanted.
package struct LoggedFrameQuery: Sendable {
    package var organization: OrganizationID
    /// Nil for those of all devices.
    package var device: DeviceID?
    /// Nil for all gateways.
    package var gateway: GatewayID?
    /// Lines before this number, newest first; or, when `follows`, after it, oldest first.
    package var place: Int64?
    package var follows: Bool
    package var limit: Int

    package init(
        organization: OrganizationID, device: DeviceID? = nil, gateway: GatewayID? = nil,
        place: Int64? = nil, follows: Bool = false, limit: Int
    ) {
        self.organization = organization
        self.device = device
        self.gateway = gateway
        self.place = place
        self.follows = follows
        self.limit = limit
    }
}
