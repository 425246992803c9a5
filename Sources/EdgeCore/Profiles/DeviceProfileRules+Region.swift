import EdgeModel

extension DeviceProfileRules {
    package static let exponents = 0...15

    /// What no device of the region and the version could be told.
    static func checkLimits(_ lorawan: LoRaWANProfile) throws {
        let limits = lorawan.transmitLimits
        try check(limits.dutyCycleExponent, in: exponents, "tx_limits.duty_cycle_exponent")
        if let power = limits.maximumEIRP, !LoRaWANProfile.TransmitLimits.powers.contains(power) {
            let powers = LoRaWANProfile.TransmitLimits.powers.map(String.init).joined(separator: ", ")
            throw EdgeError.invalid("tx_limits.max_eirp: one of \(powers) is expected")
        }
        if limits.concernsPowerOrDwell, !knowsTxParamSetup(lorawan.region) {
            throw EdgeError.invalid(
                "tx_limits: devices of \(lorawan.region.rawValue) cannot be told a dwell time or a maximum EIRP"
            )
        }
        if limits.limitsDownlinkDwell == true, lorawan.region == .au915 {
            throw EdgeError.invalid("tx_limits.downlink_dwell_time: au915 has none")
        }
        guard let rejoin = lorawan.rejoinPeriod else { return }
        guard lorawan.macVersion == .v110 else {
            throw EdgeError.invalid("rejoin: only LoRaWAN 1.1.0 has rejoin-requests")
        }
        try check(rejoin.timeExponent, in: exponents, "rejoin.time_exponent")
        try check(rejoin.countExponent, in: exponents, "rejoin.count_exponent")
    }

    private static func knowsTxParamSetup(_ region: LoRaWANProfile.Region) -> Bool {
        switch region {
        case .au915, .as923Group1, .as923Group2, .as923Group3, .as923Group4: true
        case .eu868, .us915, .in865, .kr920, .cn470: false
        }
    }

    /// Windows that the region does not have would never open: RX1 offset, RX2 data rate and frequency by
    /// RP002.
    static func checkRegion(_ lorawan: LoRaWANProfile) throws {
        let region = lorawan.region
        let offsets = 0...maximumRX1Offset(region)
        guard offsets.contains(lorawan.windows.rx1DataRateOffset) else {
            throw EdgeError.invalid(
                "rx1_dr_offset must be from 0 to \(offsets.upperBound) in \(region.rawValue)")
        }
        let band = downlinkBand(region)
        if let frequency = lorawan.windows.rx2Frequency, !band.contains(frequency) {
            throw EdgeError.invalid(
                "rx2_frequency must be from \(band.lowerBound) to \(band.upperBound) in \(region.rawValue)")
        }
        let rates = downlinkDataRates(region)
        guard let rate = lorawan.windows.rx2DataRate, !rates.contains(rate) else { return }
        throw EdgeError.invalid(
            "rx2_dr must be from \(rates.lowerBound) to \(rates.upperBound) in \(region.rawValue)")
    }

    private static func maximumRX1Offset(_ region: LoRaWANProfile.Region) -> Int {
        switch region {
        case .us915: 3
        case .eu868, .au915, .kr920, .cn470: 5
        case .in865, .as923Group1, .as923Group2, .as923Group3, .as923Group4: 7
        }
    }

    /// Hertz.
    private static func downlinkBand(_ region: LoRaWANProfile.Region) -> ClosedRange<UInt32> {
        switch region {
        case .eu868: 863_000_000...870_000_000
        case .us915, .au915: 923_000_000...928_000_000
        case .in865: 865_000_000...867_000_000
        case .kr920: 920_000_000...923_500_000
        case .cn470: 470_000_000...510_000_000
        case .as923Group1: 915_000_000...928_000_000
        case .as923Group2: 920_000_000...923_000_000
        case .as923Group3: 915_000_000...921_000_000
        case .as923Group4: 917_000_000...920_000_000
        }
    }

    private static func downlinkDataRates(_ region: LoRaWANProfile.Region) -> ClosedRange<Int> {
        switch region {
        case .us915, .au915: 8...13
        case .kr920: 0...5
        default: 0...7
        }
    }
}
