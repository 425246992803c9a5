import EdgeModel
import LoRaNetwork

extension DeviceSettings {
    /// What a profile says, as the network server takes it.
    init(_ profile: LoRaWANProfile, isPersonalised: Bool) {
        let region = Region(profile.region)
        self.init(
            region: region, version: LoRaWANVersion(profile.macVersion),
            revision: RegionalRevision(profile.regionalRevision, of: profile.macVersion),
            deviceClass: profile.deviceClass == .c ? .c : .a)
        rxDelay = UInt8(clamping: profile.windows.rx1Delay.components.seconds)
        rx1Offset = UInt8(clamping: profile.windows.rx1DataRateOffset)
        rx2DataRate = profile.windows.rx2DataRate.map { UInt8(clamping: $0) }
        rx2Frequency = profile.windows.rx2Frequency
        take(profile.personalisation.presetFrequencies)
        let adaptive = profile.adaptiveDataRate
        let rates = adr.dataRates
        let lowest = adaptive.minimumDataRate.map { UInt8(clamping: $0) } ?? rates.lowerBound
        let highest = adaptive.maximumDataRate.map { UInt8(clamping: $0) } ?? rates.upperBound
        let powers = adr.powerIndices
        adr = ADRSettings(
            isOn: adaptive.isEnabled, dataRates: min(lowest, highest)...highest,
            powerIndices: powers
                .lowerBound...min(
                    powers.upperBound,
                    adaptive.maximumPowerIndex.map { UInt8(clamping: $0) } ?? powers.upperBound),
            margin: Double(adaptive.margin))
        if isPersonalised {
            resetPolicy = profile.personalisation.allowsCounterReset ? .allow : .refuse
            counterWidth = profile.personalisation.has16BitCounters ? .bits16 : .bits32
        }
        supportsJoin = profile.supportsJoin
        maximumTries = UInt8(clamping: max(1, min(15, profile.confirmedTries)))
        statusInterval = profile.statusInterval.map { .seconds($0.components.seconds) }
        take(profile.transmitLimits)
        rejoin = profile.rejoinPeriod.map {
            RejoinPeriod(
                timeExponent: UInt8(clamping: $0.timeExponent),
                countExponent: UInt8(clamping: $0.countExponent)
            )
        }
    }

    /// TxParamSetupReq says three things at once: of what the profile leaves open, what devices begin with.
    private mutating func take(_ limits: LoRaWANProfile.TransmitLimits) {
        dutyCycleExponent = UInt8(clamping: limits.dutyCycleExponent)
        guard limits.concernsPowerOrDwell else { return }
        let start = RadioState(region: region, version: version)
        let powers = LoRaWANProfile.TransmitLimits.powers
        let power = limits.maximumEIRP.map(Double.init) ?? region.parameters.maximumEIRP
        dwell = Dwell(
            limitsUplinks: limits.limitsUplinkDwell ?? start.limitsUplinkDwell,
            limitsDownlinks: limits.limitsDownlinkDwell ?? start.limitsDownlinkDwell,
            maximumEIRP: UInt8(clamping: powers.lastIndex { Double($0) <= power } ?? 0))
    }

    /// The channels that a profile lists. Operators copy a device's whole list: the mandatory channels
    /// among them are no further ones. In a fixed plan they say which sub-band the gateways hear.
    private mutating func take(_ frequencies: [UInt32]) {
        let parameters = region.parameters
        if parameters.isFixedPlan {
            subBand = parameters.subBand(holding: frequencies)
        } else {
            extraChannels = parameters.additional(frequencies)
        }
    }
}

extension Region {
    init(_ region: LoRaWANProfile.Region) {
        self =
            switch region {
            case .eu868: .eu868
            case .us915: .us915
            case .au915: .au915
            case .in865: .in865
            case .kr920: .kr920
            case .cn470: .cn470
            case .as923Group1: .as923Group1
            case .as923Group2: .as923Group2
            case .as923Group3: .as923Group3
            case .as923Group4: .as923Group4
            }
    }
}

extension RegionalRevision {
    /// A letter means the edition of that letter beside the specification of this version.
    init(_ revision: LoRaWANProfile.RegionalRevision, of version: LoRaWANProfile.MACVersion) {
        self =
            switch revision {
            case .a: version == .v102 ? .revisionA : .revisionB
            case .b, .rp100: .revisionB
            case .rp101, .rp102, .rp103, .rp104: .rp002
            }
    }
}

extension LoRaWANVersion {
    init(_ version: LoRaWANProfile.MACVersion) {
        self =
            switch version {
            case .v102: .v102
            case .v103: .v103
            case .v104: .v104
            case .v110: .v110
            }
    }
}

extension LoRaWANProfile {
    /// What holds for a device without a profile where the gateways serve this region.
    static func standard(in region: Region) -> LoRaWANProfile { LoRaWANProfile(region: region) }
}
