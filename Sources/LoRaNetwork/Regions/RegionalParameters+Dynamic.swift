// EU868, IN865, KR920: channels on request, RX1 on the frequency of the uplink.

/// SF12 to SF7 on 125 kHz: DR0 to DR5 of every region but US915.
let slowToFast: [DataRate?] = (7...12).reversed().map { .lora($0, 125) }

extension RegionalParameters {
    static func channels(_ frequencies: [UInt32]) -> [Channel] {
        frequencies.map { Channel(frequency: $0, dataRates: 0...5) }
    }

    /// RP002-1.0.4, section 2.4.
    package static let eu868 = RegionalParameters(
        region: .eu868, band: 863_000_000...870_000_000, plan: .dynamic(count: 16),
        defaultChannels: channels([868_100_000, 868_300_000, 868_500_000]),
        usualFrequencies: [
            868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000,
            867_900_000,
        ],
        dataRates: slowToFast + [.lora(7, 250), .fsk50], uplinkDataRates: 0...7, downlinkDataRates: 0...7,
        payloads: PayloadTables([51, 51, 51, 115, 242, 242, 242, 242]), rx1: RX1Rule(maximum: 7),
        maximumRX1Offset: 5, rx2Frequency: 869_525_000, rx2DataRate: 0, maximumPowerIndices: (7, 7),
        maximumEIRP: 16, downlinkEIRP: 16, strongBand: (869_400_000...869_650_000, 29),
        // EN 300 220-2, bands K to P as LoRaWAN devices use them.
        subBands: [
            SubBand(frequencies: 863_000_000..<865_000_000, permille: 1),
            SubBand(frequencies: 865_000_000..<868_000_000, permille: 10),
            SubBand(frequencies: 868_000_000..<868_600_000, permille: 10),
            SubBand(frequencies: 868_700_000..<869_200_000, permille: 1),
            SubBand(frequencies: 869_400_000..<869_650_000, permille: 100),
            SubBand(frequencies: 869_700_000..<870_000_001, permille: 10),
        ])

    /// RP002-1.0.4, section 2.11.
    package static let in865 = RegionalParameters(
        region: .in865, band: 865_000_000...867_000_000, plan: .dynamic(count: 16),
        defaultChannels: channels([865_062_500, 865_402_500, 865_985_000]),
        usualFrequencies: [865_062_500, 865_402_500, 865_985_000],
        dataRates: slowToFast + [nil, .fsk50], uplinkDataRates: 0...7, downlinkDataRates: 0...7,
        payloads: PayloadTables([51, 51, 51, 115, 242, 242, 0, 242]),
        rx1: RX1Rule(
            table: [
                [0, 0, 0, 0, 0, 0, 1, 2], [1, 0, 0, 0, 0, 0, 2, 3], [2, 1, 0, 0, 0, 0, 3, 4],
                [3, 2, 1, 0, 0, 0, 4, 5], [4, 3, 2, 1, 0, 0, 5, 5], [5, 4, 3, 2, 1, 0, 5, 5], [],
                [5, 5, 5, 4, 3, 2, 5, 5],
            ], maximum: 7,
            rp002Table: [
                [0, 0, 0, 0, 0, 0, 1, 2], [1, 0, 0, 0, 0, 0, 2, 3], [2, 1, 0, 0, 0, 0, 3, 4],
                [3, 2, 1, 0, 0, 0, 4, 5], [4, 3, 2, 1, 0, 0, 5, 5], [5, 4, 3, 2, 1, 0, 5, 7], [],
                [7, 5, 5, 4, 3, 2, 7, 7],
            ]),
        maximumRX1Offset: 7, rx2Frequency: 866_550_000, rx2DataRate: 2, maximumPowerIndices: (10, 10),
        maximumEIRP: 30, downlinkEIRP: 27)

    /// RP002-1.0.4, section 2.12. Listen-before-talk is the gateway's.
    package static let kr920 = RegionalParameters(
        region: .kr920, band: 920_000_000...923_500_000, plan: .dynamic(count: 16),
        defaultChannels: channels([922_100_000, 922_300_000, 922_500_000]),
        usualFrequencies: [922_100_000, 922_300_000, 922_500_000],
        dataRates: slowToFast, uplinkDataRates: 0...5, downlinkDataRates: 0...5,
        payloads: PayloadTables([51, 51, 51, 115, 242, 242], revisionA: [65, 151, 242, 242, 242, 242]),
        rx1: RX1Rule(maximum: 5), maximumRX1Offset: 5, rx2Frequency: 921_900_000, rx2DataRate: 0,
        maximumPowerIndices: (7, 7), maximumEIRP: 14, downlinkEIRP: 14,
        strongBand: (922_000_000...923_500_000, 23))
}
