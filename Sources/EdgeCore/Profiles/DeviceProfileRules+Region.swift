import EdgeModel

extension DeviceProfileRules {
    /// Windows that the region does not have would never open: RX1 offset and RX2 data rate by RP002.
    static func checkRegion(_ lorawan: LoRaWANProfile) throws {
        let region = lorawan.region
        let offsets = 0...maximumRX1Offset(region)
        guard offsets.contains(lorawan.windows.rx1DataRateOffset) else {
            throw EdgeError.invalid(
                "rx1_dr_offset must be from 0 to \(offsets.upperBound) in \(region.rawValue)")
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

    private static func downlinkDataRates(_ region: LoRaWANProfile.Region) -> ClosedRange<Int> {
        switch region {
        case .us915, .au915: 8...13
        case .kr920: 0...5
        default: 0...7
        }
    }
}
