// US915, AU915, CN470: all channels are known, the network chooses among them.

extension RegionalParameters {
    private static func plan(
        _ first: UInt32, _ step: UInt32, _ count: UInt32, _ dataRates: ClosedRange<UInt8>
    ) -> [Channel] {
        (0..<count).map { Channel(frequency: first + $0 * step, dataRates: dataRates) }
    }

    /// SF12 to SF7 on 500 kHz: DR8 to DR13.
    private static let wide: [DataRate?] = (7...12).reversed().map { .lora($0, 500) }

    private static let wideRX1 = (first: UInt32(923_300_000), step: UInt32(600_000), count: UInt32(8))

    /// RP002-1.0.4, section 2.5.
    package static let us915 = RegionalParameters(
        region: .us915, band: 902_000_000...915_000_000, plan: .fixed(count: 72, wideFrom: 64),
        defaultChannels: plan(902_300_000, 200_000, 64, 0...3) + plan(903_000_000, 1_600_000, 8, 4...4),
        usualFrequencies: [],
        dataRates: Array(slowToFast.dropFirst(2)) + [.lora(8, 500), nil, nil, nil] + wide,
        uplinkDataRates: 0...4, downlinkDataRates: 8...13,
        payloads: PayloadTables([11, 53, 125, 242, 242, 0, 0, 0, 53, 129, 242, 242, 242, 242]),
        rx1: RX1Rule(
            downlinkChannels: wideRX1,
            table: [
                [10, 9, 8, 8], [11, 10, 9, 8], [12, 11, 10, 9], [13, 12, 11, 10], [13, 13, 12, 11],
            ], maximum: 13),
        maximumRX1Offset: 3, rx2Frequency: 923_300_000, rx2DataRate: 8, maximumPowerIndices: (10, 14),
        maximumEIRP: 30, downlinkEIRP: 27)

    /// RP002-1.0.4, section 2.8. Devices begin with the dwell time since RP 1.0.3.
    package static let au915 = RegionalParameters(
        region: .au915, band: 915_000_000...928_000_000, plan: .fixed(count: 72, wideFrom: 64),
        defaultChannels: plan(915_200_000, 200_000, 64, 0...5) + plan(915_900_000, 1_600_000, 8, 6...6),
        usualFrequencies: [], dataRates: slowToFast + [.lora(8, 500), nil] + wide,
        uplinkDataRates: 0...6, downlinkDataRates: 8...13,
        payloads: PayloadTables(
            [51, 51, 51, 115, 242, 242, 242, 0, 53, 129, 242, 242, 242, 242],
            dwell: [0, 0, 11, 53, 125, 242, 242]),
        rx1: RX1Rule(
            downlinkChannels: wideRX1,
            table: [
                [8, 8, 8, 8, 8, 8], [9, 8, 8, 8, 8, 8], [10, 9, 8, 8, 8, 8], [11, 10, 9, 8, 8, 8],
                [12, 11, 10, 9, 8, 8], [13, 12, 11, 10, 9, 8], [13, 13, 12, 11, 10, 9],
            ], maximum: 13),
        maximumRX1Offset: 5, rx2Frequency: 923_300_000, rx2DataRate: 8, maximumPowerIndices: (10, 14),
        maximumEIRP: 30, downlinkEIRP: 27, hasDwellTime: true, beginsWithUplinkDwell: true)

    /// RP 1.0.3 revision A, section 2.7. RP002 has other plans of this band; their payload limits
    /// are known here, their channels are not.
    package static let cn470 = RegionalParameters(
        region: .cn470, band: 470_000_000...510_000_000, plan: .fixed(count: 96, wideFrom: nil),
        defaultChannels: plan(470_300_000, 200_000, 96, 0...5), usualFrequencies: [],
        dataRates: slowToFast + [.lora(7, 500), .fsk50], uplinkDataRates: 0...7, downlinkDataRates: 0...7,
        payloads: PayloadTables(
            [51, 51, 51, 115, 242, 242, 0, 0], rp002: [0, 23, 86, 184, 242, 242, 242, 242]),
        rx1: RX1Rule(downlinkChannels: (500_300_000, 200_000, 48), maximum: 5), maximumRX1Offset: 5,
        rx2Frequency: 505_300_000, rx2DataRate: 0, maximumPowerIndices: (7, 7), maximumEIRP: 19.15,
        downlinkEIRP: 14)
}
