extension RegionalParameters {
    // RP002-1.0.4, section 2.10: four groups that differ in their offset alone.
    package static let as923Group1 = as923(.as923Group1, below: 0, band: 915_000_000...928_000_000)
    package static let as923Group2 = as923(
        .as923Group2, below: 1_800_000, band: 920_000_000...923_000_000)
    package static let as923Group3 = as923(
        .as923Group3, below: 6_600_000, band: 915_000_000...921_000_000)
    package static let as923Group4 = as923(
        .as923Group4, below: 5_900_000, band: 917_000_000...920_000_000)

    private static func as923(
        _ region: Region, below offset: UInt32, band: ClosedRange<UInt32>
    ) -> RegionalParameters {
        let mandatory = [923_200_000 - offset, 923_400_000 - offset]
        return RegionalParameters(
            region: region, band: band, plan: .dynamic(count: 16), defaultChannels: channels(mandatory),
            usualFrequencies: mandatory, dataRates: slowToFast + [.lora(7, 250), .fsk50],
            uplinkDataRates: 0...7, downlinkDataRates: 0...7,
            payloads: PayloadTables(
                [51, 51, 51, 115, 242, 242, 242, 242], rp002: [51, 51, 115, 115, 242, 242, 242, 242],
                dwell: [0, 0, 11, 53, 125, 242, 242, 242]),
            rx1: RX1Rule(hasNegativeOffsets: true, maximum: 5, rp002Maximum: 7), maximumRX1Offset: 7,
            rx2Frequency: 923_200_000 - offset, rx2DataRate: 2, maximumPowerIndices: (7, 7),
            maximumEIRP: 16, downlinkEIRP: 16, hasDwellTime: true, beginsWithUplinkDwell: true,
            hasDownlinkDwell: true)
    }
}
