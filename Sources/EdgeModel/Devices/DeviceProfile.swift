/// A device profile's identifier. Opaque text; generated ones are UUIDs.
package struct DeviceProfileID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// What devices of one make have in common: how the network speaks to them, how often they are heard,
/// and what their payloads mean.
package struct DeviceProfile: Hashable, Sendable {
    package var id: DeviceProfileID
    package var organization: OrganizationID
    package var name: String
    package var lorawan: LoRaWANProfile
    /// How often a device of this kind sends, in whole seconds; nil when nothing is expected of it.
    package var expectedUplinkInterval: Duration?
    /// A device is said to be silent after so many intervals without a packet.
    package var missedIntervals: Int
    package var codec: CodecID?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package static let standardMissedIntervals = 3

    package init(
        id: DeviceProfileID, organization: OrganizationID, name: String,
        lorawan: LoRaWANProfile = .standard, expectedUplinkInterval: Duration? = nil,
        missedIntervals: Int = standardMissedIntervals, codec: CodecID? = nil, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.lorawan = lorawan
        self.expectedUplinkInterval = expectedUplinkInterval
        self.missedIntervals = missedIntervals
        self.codec = codec
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// How a LoRaWAN device is spoken to. Says nothing of a BLE device.
package struct LoRaWANProfile: Hashable, Sendable {
    /// A region of RP002, or a group of AS923.
    package enum Region: String, CaseIterable, Sendable {
        case eu868, us915, au915, in865, kr920, cn470
        case as923Group1 = "as923-1"
        case as923Group2 = "as923-2"
        case as923Group3 = "as923-3"
        case as923Group4 = "as923-4"
    }

    package enum MACVersion: String, CaseIterable, Sendable {
        case v102 = "1.0.2"
        case v103 = "1.0.3"
        case v104 = "1.0.4"
        case v110 = "1.1.0"
    }

    /// The revision of the regional parameters: a letter for the documents beside 1.0.2 to 1.1, the
    /// number of RP002 from then on.
    package enum RegionalRevision: String, CaseIterable, Sendable {
        case a = "A"
        case b = "B"
        case rp100 = "RP002-1.0.0"
        case rp101 = "RP002-1.0.1"
        case rp102 = "RP002-1.0.2"
        case rp103 = "RP002-1.0.3"
        case rp104 = "RP002-1.0.4"
    }

    package enum DeviceClass: String, CaseIterable, Sendable {
        case a = "A"
        case c = "C"
    }

    /// The windows in which the device listens. Nil members are the region's defaults.
    package struct Windows: Hashable, Sendable {
        /// RX1 opens so long after the uplink, 1 to 15 whole seconds.
        package var rx1Delay: Duration
        package var rx1DataRateOffset: Int
        package var rx2DataRate: Int?
        /// In hertz.
        package var rx2Frequency: UInt32?

        package init(
            rx1Delay: Duration = .seconds(1), rx1DataRateOffset: Int = 0, rx2DataRate: Int? = nil,
            rx2Frequency: UInt32? = nil
        ) {
            self.rx1Delay = rx1Delay
            self.rx1DataRateOffset = rx1DataRateOffset
            self.rx2DataRate = rx2DataRate
            self.rx2Frequency = rx2Frequency
        }
    }

    /// What holds for devices that were personalised.
    package struct Personalisation: Hashable, Sendable {
        /// An uplink counter that starts again is taken.
        package var allowsCounterReset: Bool
        /// The device counts 16 bits only.
        package var has16BitCounters: Bool
        /// Channels that the device was made with, in hertz.
        package var presetFrequencies: [UInt32]

        package init(
            allowsCounterReset: Bool = false, has16BitCounters: Bool = false,
            presetFrequencies: [UInt32] = []
        ) {
            self.allowsCounterReset = allowsCounterReset
            self.has16BitCounters = has16BitCounters
            self.presetFrequencies = presetFrequencies
        }
    }

    /// Within what the network may adapt data rate and power. Nil members are the region's limits.
    package struct AdaptiveDataRate: Hashable, Sendable {
        package var isEnabled: Bool
        package var minimumDataRate: Int?
        package var maximumDataRate: Int?
        /// The highest TXPower index: the least power.
        package var maximumPowerIndex: Int?
        /// What the SNR must exceed the need by, in dB.
        package var margin: Int

        package init(
            isEnabled: Bool = true, minimumDataRate: Int? = nil, maximumDataRate: Int? = nil,
            maximumPowerIndex: Int? = nil, margin: Int = 10
        ) {
            self.isEnabled = isEnabled
            self.minimumDataRate = minimumDataRate
            self.maximumDataRate = maximumDataRate
            self.maximumPowerIndex = maximumPowerIndex
            self.margin = margin
        }
    }

    /// How much the device may be on the air. Nil members leave it as it is by its region.
    package struct TransmitLimits: Hashable, Sendable {
        /// At most 400 ms on the air; told by TxParamSetupReq, in AS923 and AU915.
        package var limitsUplinkDwell: Bool?
        package var limitsDownlinkDwell: Bool?
        /// dBm, one of `powers`.
        package var maximumEIRP: Int?
        /// 1/2^n of the time; 0 is no limit.
        package var dutyCycleExponent: Int

        /// What TxParamSetupReq can say, by its index.
        package static let powers = [8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36]

        /// Something of it is for TxParamSetupReq to tell.
        package var concernsPowerOrDwell: Bool {
            limitsUplinkDwell != nil || limitsDownlinkDwell != nil || maximumEIRP != nil
        }

        package init(
            limitsUplinkDwell: Bool? = nil, limitsDownlinkDwell: Bool? = nil, maximumEIRP: Int? = nil,
            dutyCycleExponent: Int = 0
        ) {
            self.limitsUplinkDwell = limitsUplinkDwell
            self.limitsDownlinkDwell = limitsDownlinkDwell
            self.maximumEIRP = maximumEIRP
            self.dutyCycleExponent = dutyCycleExponent
        }
    }

    /// How often a device of LoRaWAN 1.1 asks for new keys by itself, 0 to 15 each.
    package struct RejoinPeriod: Hashable, Sendable {
        /// At least every 2^(n+10) seconds.
        package var timeExponent: Int
        /// At least every 2^(n+4) uplinks.
        package var countExponent: Int

        package init(timeExponent: Int, countExponent: Int) {
            self.timeExponent = timeExponent
            self.countExponent = countExponent
        }
    }

    package var region: Region
    package var macVersion: MACVersion
    package var regionalRevision: RegionalRevision
    package var deviceClass: DeviceClass
    package var windows: Windows
    package var personalisation: Personalisation
    package var adaptiveDataRate: AdaptiveDataRate
    /// The device joins over the air; otherwise it was personalised.
    package var supportsJoin: Bool
    /// How often a confirmed downlink is sent before it is given up.
    package var confirmedTries: Int
    /// How often the device is asked for battery and margin, in whole seconds; nil for never.
    package var statusInterval: Duration?
    package var transmitLimits: TransmitLimits
    /// Nil leaves it to the device.
    package var rejoinPeriod: RejoinPeriod?

    package init(
        region: Region = .eu868, macVersion: MACVersion = .v103, regionalRevision: RegionalRevision = .a,
        deviceClass: DeviceClass = .a, windows: Windows = Windows(),
        personalisation: Personalisation = Personalisation(),
        adaptiveDataRate: AdaptiveDataRate = AdaptiveDataRate(), supportsJoin: Bool = true,
        confirmedTries: Int = 3, statusInterval: Duration? = nil,
        transmitLimits: TransmitLimits = TransmitLimits(), rejoinPeriod: RejoinPeriod? = nil
    ) {
        self.region = region
        self.macVersion = macVersion
        self.regionalRevision = regionalRevision
        self.deviceClass = deviceClass
        self.windows = windows
        self.personalisation = personalisation
        self.adaptiveDataRate = adaptiveDataRate
        self.supportsJoin = supportsJoin
        self.confirmedTries = confirmedTries
        self.statusInterval = statusInterval
        self.transmitLimits = transmitLimits
        self.rejoinPeriod = rejoinPeriod
    }

    /// What holds for a device without a profile.
    package static let standard = LoRaWANProfile()
}
