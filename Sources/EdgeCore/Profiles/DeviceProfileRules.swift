import EdgeModel

/// The rules that a device profile must keep, whichever dialect brings it.
package enum DeviceProfileRules {
    package static let nameLimit = 100
    /// Profiles of one organization.
    package static let limit = 200
    package static let rx1DelaySeconds = 1...15
    package static let rx1Offsets = 0...7
    package static let dataRates = 0...15
    package static let powerIndices = 0...15
    package static let margins = 0...30
    /// Of any region, in hertz.
    package static let frequencies: ClosedRange<UInt32> = 100_000_000...1_670_000_000
    package static let presetFrequencyLimit = 96
    package static let confirmedTries = 1...8
    package static let statusIntervalSeconds = 60...30 * 86_400
    /// From ten seconds to ninety days.
    package static let expectedIntervalSeconds = 10...90 * 86_400
    package static let missedIntervals = 1...1_000

    /// Throws `invalid` for the first rule that is broken, with the API's name of the field.
    static func check(_ profile: DeviceProfile) throws {
        _ = try TextRule(field: "name", limit: nameLimit).check(profile.name)
        try check(profile.lorawan)
        try check(profile.expectedUplinkInterval, in: expectedIntervalSeconds, "expected_uplink_interval")
        try check(profile.missedIntervals, in: missedIntervals, "missed_intervals")
    }

    private static func check(_ lorawan: LoRaWANProfile) throws {
        let windows = lorawan.windows
        try check(windows.rx1Delay, in: rx1DelaySeconds, "rx1_delay")
        try check(windows.rx1DataRateOffset, in: rx1Offsets, "rx1_dr_offset")
        try check(windows.rx2DataRate, in: dataRates, "rx2_dr")
        try checkRegion(lorawan)
        try check(windows.rx2Frequency.map(Int.init), in: hertz, "rx2_frequency")
        let presets = lorawan.personalisation.presetFrequencies
        guard presets.count <= presetFrequencyLimit else {
            throw EdgeError.invalid("abp.preset_frequencies: at most \(presetFrequencyLimit) are expected")
        }
        for frequency in presets { try check(Int(frequency), in: hertz, "abp.preset_frequencies") }
        let adaptive = lorawan.adaptiveDataRate
        try check(adaptive.minimumDataRate, in: dataRates, "adr.min_dr")
        try check(adaptive.maximumDataRate, in: dataRates, "adr.max_dr")
        if let low = adaptive.minimumDataRate, let high = adaptive.maximumDataRate, low > high {
            throw EdgeError.invalid("adr.min_dr is above adr.max_dr")
        }
        try check(adaptive.maximumPowerIndex, in: powerIndices, "adr.max_tx_power_index")
        try check(adaptive.margin, in: margins, "adr.margin")
        try check(lorawan.confirmedTries, in: confirmedTries, "confirmed_tries")
        try check(lorawan.statusInterval, in: statusIntervalSeconds, "status_interval")
        try checkLimits(lorawan)
    }

    private static var hertz: ClosedRange<Int> { Int(frequencies.lowerBound)...Int(frequencies.upperBound) }

    /// A device's own interval.
    static func check(expectedUplinkInterval interval: Duration?) throws {
        try check(interval, in: expectedIntervalSeconds, "expected_uplink_interval")
    }

    private static func check(_ interval: Duration?, in range: ClosedRange<Int>, _ field: String) throws {
        try check((interval?.components.seconds).map(Int.init), in: range, field)
    }

    static func check(_ number: Int?, in range: ClosedRange<Int>, _ field: String) throws {
        guard let number, !range.contains(number) else { return }
        throw EdgeError.invalid("\(field) must be from \(range.lowerBound) to \(range.upperBound)")
    }
}
