package import LoRaWAN

/// Everything of one session that must survive a restart.
///
/// What is in force on the device (`radio`) changes only when the device has confirmed it.
package struct DeviceSession: Equatable, Sendable {
    package let id: SessionID
    package let version: LoRaWANVersion
    /// Address, keys and the uplink counter.
    package var uplink: UplinkSession
    /// Whether an uplink of this session has come: before, a joined device may not have got its keys.
    package internal(set) var isHeard: Bool
    package internal(set) var radio: RadioState
    /// FCntDown of 1.0; NFCntDown of 1.1.
    package internal(set) var networkCounter: DownlinkCounter
    /// AFCntDown: 1.1 only.
    package internal(set) var applicationCounter: DownlinkCounter
    /// Requests on their way to the device, in the order in which it will answer.
    package internal(set) var pending: [DownlinkCommand]
    /// Requests that were refused or are not answered.
    package internal(set) var attempts: [RequestAttempt]
    /// The newest uplinks at one power and data rate, at most twenty.
    package internal(set) var history: [ADRSample]
    /// What LinkADRAns said cannot be gone beyond.
    package internal(set) var maximumDataRate: UInt8?
    package internal(set) var maximumPowerIndex: UInt8?
    /// DevStatusAns; 255 is not measured.
    package internal(set) var battery: UInt8?
    package internal(set) var margin: Int8?
    /// The confirmed downlink that waits for its acknowledgement.
    package internal(set) var awaited: AwaitedDownlink?
    /// RJcount0 of the last rejoin-request of type 0 or 2.
    package internal(set) var lastRejoinCount0: UInt16?
    /// What may be sent in this session from here. Not part of what is encoded: it is agreed on with
    /// others, and kept beside.
    package internal(set) var sending = Sending.freely

    /// A session may be known to several network servers; no downlink counter may be used by two of them.
    package enum Sending: Hashable, Sendable {
        /// Nobody else has the session.
        case freely
        /// With counters below this one.
        case below(UInt32)
        /// Another answers the device.
        case not
    }

    package struct AwaitedDownlink: Hashable, Sendable {
        package var item: DownlinkItemID
        package var counter: UInt32
        /// How often it was sent.
        package var tries: UInt8
    }

    /// One uplink in four bytes: there are twenty of them a session.
    package struct ADRSample: Hashable, Sendable {
        private let bits: UInt32

        /// `snr` in quarters of a decibel.
        init(counter: UInt32, snr: Int8) { bits = counter << 8 | UInt32(UInt8(bitPattern: snr)) }

        /// The low 24 bits of the uplink counter.
        package var counter: UInt32 { bits >> 8 }
        /// Quarters of a decibel.
        package var snr: Int8 { Int8(bitPattern: UInt8(truncatingIfNeeded: bits)) }
    }

    package struct RequestAttempt: Hashable, Sendable {
        /// The request: its identifier, and the channel where it has one.
        var key: UInt16
        var tries: UInt8
        var isRefused: Bool
        /// It is not tried before this uplink counter.
        var resumesAt: UInt32
    }

    /// A session that begins: `radio` is what the device has by its join, or by its making.
    init(
        id: SessionID, version: LoRaWANVersion, uplink: UplinkSession, isHeard: Bool, radio: RadioState
    ) {
        self.id = id
        self.version = version
        self.uplink = uplink
        self.isHeard = isHeard
        self.radio = radio
        networkCounter = DownlinkCounter()
        applicationCounter = DownlinkCounter()
        pending = []
        attempts = []
        history = []
    }

    /// ABP: a device that was made with its keys, and with the settings of its profile.
    package init(personalized devAddr: DevAddr, keys: SessionKeys, settings: DeviceSettings) {
        self.init(
            id: .personalized, version: settings.version,
            uplink: UplinkSession(devAddr: devAddr, keys: keys, settings: settings),
            isHeard: true, radio: RadioState(personalized: settings))
    }
}

extension UplinkSession {
    init(devAddr: DevAddr, keys: SessionKeys, settings: DeviceSettings) {
        self.init(
            devAddr: devAddr, keys: keys, resetPolicy: settings.resetPolicy,
            counterWidth: settings.counterWidth, maximumGap: settings.maximumGap, region: settings.region)
    }
}
