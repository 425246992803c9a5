/// How the network is to treat a device: what its profile says. A session comes to it step by step,
/// as far as the device agrees.
package struct DeviceSettings: Hashable, Sendable {
    package var region: Region
    package var version: LoRaWANVersion
    package var revision: RegionalRevision
    package var deviceClass: DeviceClass
    /// Seconds until RX1, 1 to 15.
    package var rxDelay: UInt8
    package var rx1Offset: UInt8
    /// Nil: the region's.
    package var rx2DataRate: UInt8?
    /// Hertz; nil: the region's.
    package var rx2Frequency: UInt32?
    /// Hertz of channels beside the mandatory ones, at most 13; dynamic plans only.
    package var extraChannels: [UInt32]
    /// Fixed plans: the sub-band that the gateways hear, from 1; nil leaves all channels on.
    package var subBand: Int?
    package var adr: ADRSettings
    /// Whether its join-requests are answered; a device that was personalised needs no join.
    package var supportsJoin: Bool
    package var resetPolicy: UplinkSession.CounterResetPolicy
    package var counterWidth: UplinkSession.CounterWidth
    /// How often a confirmed downlink is sent before it is given up, 1 to 15.
    package var maximumTries: UInt8
    /// How often the device is asked for its battery; nil: never.
    package var statusInterval: NetworkInstant.Span?
    /// MaxDutyCycle: the device may be on the air 1/2^n of the time; 0 is no limit.
    package var dutyCycleExponent: UInt8
    /// Where TxParamSetupReq exists: what is wanted; nil leaves the device alone.
    package var dwell: Dwell?
    /// 1.1: rejoin-requests of type 0 are wanted this often, as RejoinParamSetupReq says it.
    package var rejoin: RejoinPeriod?

    package enum DeviceClass: UInt8, Hashable, Sendable {
        case a = 0
        case c = 2
    }

    package struct ADRSettings: Hashable, Sendable {
        package var isOn: Bool
        package var dataRates: ClosedRange<UInt8>
        /// 0 is the strongest.
        package var powerIndices: ClosedRange<UInt8>
        /// Decibels kept between the best SNR and what the data rate needs.
        package var margin: Double

        package init(
            isOn: Bool = true, dataRates: ClosedRange<UInt8> = 0...5,
            powerIndices: ClosedRange<UInt8> = 0...7, margin: Double = 10
        ) {
            self.isOn = isOn
            self.dataRates = dataRates
            self.powerIndices = powerIndices
            self.margin = margin
        }
    }

    package struct Dwell: Hashable, Sendable {
        package var limitsUplinks: Bool
        package var limitsDownlinks: Bool
        /// The index of TxParamSetupReq: 5 is 16 dBm.
        package var maximumEIRP: UInt8

        package init(limitsUplinks: Bool, limitsDownlinks: Bool, maximumEIRP: UInt8) {
            self.limitsUplinks = limitsUplinks
            self.limitsDownlinks = limitsDownlinks
            self.maximumEIRP = maximumEIRP
        }
    }

    package struct RejoinPeriod: Hashable, Sendable {
        package var timeExponent: UInt8
        package var countExponent: UInt8

        package init(timeExponent: UInt8, countExponent: UInt8) {
            self.timeExponent = timeExponent
            self.countExponent = countExponent
        }
    }

    /// What a device that nobody described is taken for. ADR reaches over the data rates of 125 kHz.
    package init(
        region: Region, version: LoRaWANVersion = .v103, revision: RegionalRevision? = nil,
        deviceClass: DeviceClass = .a
    ) {
        self.region = region
        self.version = version
        // The channels known here are those of before RP002, so its payload limits do not go with them.
        self.revision = revision ?? (region == .cn470 ? .revisionB : version.usualRevision)
        self.deviceClass = deviceClass
        rxDelay = 1
        rx1Offset = 0
        extraChannels = []
        let fastest = region.parameters.defaultChannels.first?.maximumDataRate ?? 5
        adr = ADRSettings(
            dataRates: 0...fastest, powerIndices: 0...region.parameters.maximumPowerIndex(self.revision))
        supportsJoin = true
        resetPolicy = .refuse
        counterWidth = .bits32
        maximumTries = 4
        dutyCycleExponent = 0
    }

    /// What a frame can say of `rxDelay`.
    var receiveDelay: UInt8 { min(max(rxDelay, 1), 15) }

    /// MAX_FCNT_GAP, which 1.0.4 and 1.1 do not have.
    package var maximumGap: UInt32? { version <= .v103 ? 16_384 : nil }
}
