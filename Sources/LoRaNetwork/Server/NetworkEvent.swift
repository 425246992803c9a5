package import LoRaWAN

/// What happens to a network server. Events come in the order of their time.
package enum NetworkEvent<Device: Hashable & Sendable>: Sendable {
    /// A data frame that `SessionTable` has accepted, or takes for a repetition. One event for each
    /// reception; the first opens the collection window.
    case uplink(HeardUplink<Device>)
    case join(JoinRequest, UplinkReception)
    case rejoin(RejoinRequest, UplinkReception)
    case transmitAck(TransmissionToken, TransmitOutcome)
    /// `nextDeadline` is reached.
    case timer
    case enqueue(Device, DownlinkItem)
    case cancel(Device, DownlinkItemID)
    /// Asks the device for something beyond its settings: ForceRejoinReq, DevStatusReq. At most
    /// four wait.
    case request(Device, DownlinkCommand)
    /// A device is registered, or its settings have changed. What is not nil replaces what was known.
    case configure(Device, DeviceConfiguration)
    case remove(Device)
    /// An operator lets a device join again with nonces that it has used.
    case clearNonces(Device)

    /// When the frame was heard; nil for what is no frame.
    package var heardAt: NetworkInstant? {
        switch self {
        case .uplink(let heard): heard.reception.receivedAt
        case .join(_, let reception), .rejoin(_, let reception): reception.receivedAt
        default: nil
        }
    }
}

/// One reception of an accepted data frame.
package struct HeardUplink<Device: Hashable & Sendable>: Sendable {
    package var device: Device
    package var session: SessionID
    package var uplink: OpenedUplink
    /// The table's session after it has taken the frame.
    package var state: UplinkSession
    /// `UplinkOutcome.retransmission`: another gateway's copy, or the device once more.
    package var isRepetition: Bool
    package var reception: UplinkReception

    package init(
        device: Device, session: SessionID, uplink: OpenedUplink, state: UplinkSession, isRepetition: Bool,
        reception: UplinkReception
    ) {
        self.device = device
        self.session = session
        self.uplink = uplink
        self.state = state
        self.isRepetition = isRepetition
        self.reception = reception
    }
}

/// How one gateway heard a frame.
package struct UplinkReception: Hashable, Sendable {
    package var gateway: GatewayEUI
    /// The owner's number of where the datagram came from: gateways that have one EUI differ in it.
    package var source: UInt64
    /// `tmst`: the gateway's counter of microseconds at the end of the reception. Wraps.
    package var timestamp: UInt32
    /// The gateway told its counter: no window can be met without it.
    package var isTimed: Bool
    /// Hertz.
    package var frequency: UInt32
    package var dataRate: String
    /// Decibels; within 100 of zero, whatever a gateway says.
    package var snr: Double { didSet { snr = Self.plausible(snr) } }
    /// dBm.
    package var rssi: Double
    /// When the datagram came.
    package var receivedAt: NetworkInstant
    /// Milliseconds since the GPS epoch at the end of the reception, where the gateway knows.
    package var gpsMilliseconds: UInt64?
    /// Microseconds since the Unix epoch, where a clock is good.
    package var wallMicroseconds: Int64?

    package init(
        gateway: GatewayEUI, timestamp: UInt32, frequency: UInt32, dataRate: String, snr: Double,
        rssi: Double, receivedAt: NetworkInstant, gpsMilliseconds: UInt64? = nil,
        wallMicroseconds: Int64? = nil, source: UInt64 = 0, isTimed: Bool = true
    ) {
        self.gateway = gateway
        self.source = source
        self.timestamp = timestamp
        self.isTimed = isTimed
        self.frequency = frequency
        self.dataRate = dataRate
        self.snr = Self.plausible(snr)
        self.rssi = rssi
        self.receivedAt = receivedAt
        self.gpsMilliseconds = gpsMilliseconds
        self.wallMicroseconds = wallMicroseconds
    }

    private static func plausible(_ snr: Double) -> Double { snr.isNaN ? -100 : min(max(snr, -100), 100) }
}

/// What is known of a device when it is registered or when the process starts.
package struct DeviceConfiguration: Sendable {
    package var devEUI: DevEUI?
    package var settings: DeviceSettings
    package var rootKeys: RootKeys
    /// Stored sessions, at most two; nil leaves what is there. `[]` ends all of them.
    package var sessions: [DeviceSession]?
    /// Nil leaves what is there.
    package var joinState: JoinState?
    /// In their order; those already in the queue are left alone.
    package var queue: [DownlinkItem]
    /// Class C: the gateway that heard the device last, before this process did.
    package var lastGateway: GatewayEUI?

    package init(
        devEUI: DevEUI?, settings: DeviceSettings, rootKeys: RootKeys = RootKeys(),
        sessions: [DeviceSession]? = nil, joinState: JoinState? = nil, queue: [DownlinkItem] = [],
        lastGateway: GatewayEUI? = nil
    ) {
        self.devEUI = devEUI
        self.settings = settings
        self.rootKeys = rootKeys
        self.sessions = sessions
        self.joinState = joinState
        self.queue = queue
        self.lastGateway = lastGateway
    }
}
