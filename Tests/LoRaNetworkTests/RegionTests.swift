import LoRaNetwork
import LoRaWAN
import Testing

@Suite struct `Regional parameters` {
    @Test func `names are read and written`() {
        for region in Region.allCases { #expect(Region(rawValue: region.rawValue) == region) }
        #expect(Region(rawValue: "as923") == .as923Group1)
        #expect(Region(rawValue: "mars") == nil)
    }

    struct Window: CustomTestStringConvertible {
        var region: Region
        var uplink: UInt32
        var dataRate: UInt8
        var offset: UInt8
        var dwell = false
        var rx1: UInt32?
        var rx1DataRate: UInt8?
        var testDescription: String { "\(region.rawValue) \(uplink) DR\(dataRate) offset \(offset)" }
    }

    static let windows: [Window] = [
        Window(region: .eu868, uplink: 868_099_975, dataRate: 5, offset: 0, rx1: 868_099_975, rx1DataRate: 5),
        Window(region: .eu868, uplink: 868_300_000, dataRate: 2, offset: 5, rx1: 868_300_000, rx1DataRate: 0),
        Window(
            region: .eu868, uplink: 868_300_000, dataRate: 2, offset: 6, rx1: 868_300_000, rx1DataRate: nil),
        Window(
            region: .us915, uplink: 902_300_000, dataRate: 0, offset: 0, rx1: 923_300_000, rx1DataRate: 10),
        Window(
            region: .us915, uplink: 914_900_000, dataRate: 3, offset: 3, rx1: 927_500_000, rx1DataRate: 10),
        Window(
            region: .us915, uplink: 914_200_000, dataRate: 4, offset: 1, rx1: 927_500_000, rx1DataRate: 13),
        Window(region: .us915, uplink: 902_400_000, dataRate: 0, offset: 0, rx1: nil, rx1DataRate: 10),
        Window(region: .au915, uplink: 916_800_000, dataRate: 0, offset: 1, rx1: 923_300_000, rx1DataRate: 8),
        Window(
            region: .au915, uplink: 917_500_000, dataRate: 6, offset: 0, rx1: 923_900_000, rx1DataRate: 13),
        Window(
            region: .as923Group1, uplink: 923_200_000, dataRate: 5, offset: 7, rx1: 923_200_000,
            rx1DataRate: 5),
        Window(
            region: .as923Group1, uplink: 923_200_000, dataRate: 2, offset: 7, rx1: 923_200_000,
            rx1DataRate: 4),
        Window(
            region: .as923Group1, uplink: 923_200_000, dataRate: 3, offset: 5, dwell: true, rx1: 923_200_000,
            rx1DataRate: 2),
        Window(region: .in865, uplink: 865_062_500, dataRate: 3, offset: 6, rx1: 865_062_500, rx1DataRate: 4),
        Window(region: .kr920, uplink: 922_100_000, dataRate: 5, offset: 2, rx1: 922_100_000, rx1DataRate: 3),
        Window(region: .cn470, uplink: 470_300_000, dataRate: 5, offset: 0, rx1: 500_300_000, rx1DataRate: 5),
        Window(region: .cn470, uplink: 489_300_000, dataRate: 1, offset: 0, rx1: 509_700_000, rx1DataRate: 1),
    ]

    @Test(arguments: windows)
    func `RX1 follows from the uplink`(_ row: Window) {
        let parameters = row.region.parameters
        #expect(parameters.rx1Frequency(uplink: row.uplink) == row.rx1)
        #expect(
            parameters.rx1DataRate(
                uplink: row.dataRate, offset: row.offset, limitsDwell: row.dwell, revision: .revisionB)
                == row.rx1DataRate)
    }

    /// By uplink data rate, then RX1DROffset 0 to 7.
    static let rx1Tables: [(Region, RegionalRevision, [UInt8: [UInt8]])] = [
        (
            .as923Group1, .rp002,
            [
                0: [0, 0, 0, 0, 0, 0, 1, 2], 4: [4, 3, 2, 1, 0, 0, 5, 6], 5: [5, 4, 3, 2, 1, 0, 6, 7],
                6: [6, 5, 4, 3, 2, 1, 7, 7], 7: [7, 6, 5, 4, 3, 2, 7, 7],
            ]
        ),
        (
            .as923Group1, .revisionB,
            [
                0: [0, 0, 0, 0, 0, 0, 1, 2], 4: [4, 3, 2, 1, 0, 0, 5, 5], 5: [5, 4, 3, 2, 1, 0, 5, 5],
                6: [5, 5, 4, 3, 2, 1, 5, 5],
            ]
        ),
        (
            .in865, .rp002,
            [
                3: [3, 2, 1, 0, 0, 0, 4, 5], 4: [4, 3, 2, 1, 0, 0, 5, 5], 5: [5, 4, 3, 2, 1, 0, 5, 7],
                7: [7, 5, 5, 4, 3, 2, 7, 7],
            ]
        ),
        (
            .in865, .revisionB,
            [4: [4, 3, 2, 1, 0, 0, 5, 5], 5: [5, 4, 3, 2, 1, 0, 5, 5], 7: [5, 5, 5, 4, 3, 2, 5, 5]]
        ),
        (
            .us915, .rp002,
            [
                0: [10, 9, 8, 8], 1: [11, 10, 9, 8], 2: [12, 11, 10, 9], 3: [13, 12, 11, 10],
                4: [13, 13, 12, 11],
            ]
        ),
        (
            .au915, .rp002,
            [
                0: [8, 8, 8, 8, 8, 8], 2: [10, 9, 8, 8, 8, 8], 5: [13, 12, 11, 10, 9, 8],
                6: [13, 13, 12, 11, 10, 9],
            ]
        ),
        (.eu868, .rp002, [0: [0, 0, 0, 0, 0, 0], 5: [5, 4, 3, 2, 1, 0], 7: [7, 6, 5, 4, 3, 2]]),
        (.kr920, .rp002, [0: [0, 0, 0, 0, 0, 0], 5: [5, 4, 3, 2, 1, 0]]),
        (.cn470, .revisionB, [0: [0, 0, 0, 0, 0, 0], 5: [5, 4, 3, 2, 1, 0]]),
    ]

    @Test func `the data rate of RX1 is that of the revision's table, and of no row beyond it`() {
        for (region, revision, rows) in Self.rx1Tables {
            let parameters = region.parameters
            for (uplink, row) in rows {
                let found = (0...8).compactMap {
                    parameters.rx1DataRate(
                        uplink: uplink, offset: $0, limitsDwell: false, revision: revision)
                }
                #expect(found == row, "\(region.rawValue) \(revision) DR\(uplink)")
            }
        }
    }

    @Test func `with a downlink dwell time RX1 is never slower than DR2`() {
        for offset in 0...7 as ClosedRange<UInt8> {
            for uplink in 0...5 as ClosedRange<UInt8> {
                let rate = RegionalParameters.as923Group4.rx1DataRate(
                    uplink: uplink, offset: offset, limitsDwell: true, revision: .rp002)
                #expect(rate ?? 0 >= 2)
            }
        }
    }

    @Test func `channels, power steps and EIRP are those of the specification`() {
        let dynamic: [Region: [UInt32]] = [
            .eu868: [868_100_000, 868_300_000, 868_500_000], .in865: [865_062_500, 865_402_500, 865_985_000],
            .kr920: [922_100_000, 922_300_000, 922_500_000], .as923Group1: [923_200_000, 923_400_000],
            .as923Group2: [921_400_000, 921_600_000], .as923Group3: [916_600_000, 916_800_000],
            .as923Group4: [917_300_000, 917_500_000],
        ]
        for (region, frequencies) in dynamic {
            #expect(region.parameters.defaultChannels.map(\.frequency) == frequencies)
        }
        #expect(RegionalParameters.us915.defaultChannels.count == 72)
        #expect(RegionalParameters.us915.defaultChannels[63].frequency == 914_900_000)
        #expect(RegionalParameters.us915.defaultChannels[71].frequency == 914_200_000)
        #expect(RegionalParameters.au915.defaultChannels[63].frequency == 927_800_000)
        #expect(RegionalParameters.au915.defaultChannels[71].frequency == 927_100_000)
        #expect(RegionalParameters.cn470.defaultChannels[95].frequency == 489_300_000)
        let powers: [(Region, old: UInt8, rp002: UInt8, eirp: Double)] = [
            (.eu868, 7, 7, 16), (.us915, 10, 14, 30), (.au915, 10, 14, 30), (.as923Group1, 7, 7, 16),
            (.in865, 10, 10, 30), (.kr920, 7, 7, 14), (.cn470, 7, 7, 19.15),
        ]
        for (region, old, rp002, eirp) in powers {
            #expect(region.parameters.maximumPowerIndex(.revisionB) == old)
            #expect(region.parameters.maximumPowerIndex(.rp002) == rp002)
            #expect(region.parameters.maximumEIRP == eirp)
        }
    }

    @Test func `RX2 is where the specification has it`() {
        let expected: [(Region, UInt32, UInt8)] = [
            (.eu868, 869_525_000, 0), (.us915, 923_300_000, 8), (.au915, 923_300_000, 8),
            (.as923Group1, 923_200_000, 2), (.as923Group2, 921_400_000, 2), (.as923Group3, 916_600_000, 2),
            (.as923Group4, 917_300_000, 2), (.in865, 866_550_000, 2), (.kr920, 921_900_000, 0),
            (.cn470, 505_300_000, 0),
        ]
        for (region, frequency, dataRate) in expected {
            #expect(region.parameters.rx2Frequency == frequency)
            #expect(region.parameters.rx2DataRate == dataRate)
        }
    }

    struct Limit: CustomTestStringConvertible {
        var region: Region
        var dataRate: UInt8
        var revision = RegionalRevision.rp002
        var dwell = false
        var limit: Int
        var testDescription: String { "\(region.rawValue) DR\(dataRate) \(revision) \(dwell)" }
    }

    static let limits: [Limit] = [
        Limit(region: .eu868, dataRate: 0, limit: 51), Limit(region: .eu868, dataRate: 3, limit: 115),
        Limit(region: .eu868, dataRate: 7, limit: 242), Limit(region: .eu868, dataRate: 8, limit: 0),
        Limit(region: .us915, dataRate: 0, limit: 11), Limit(region: .us915, dataRate: 8, limit: 53),
        Limit(region: .us915, dataRate: 9, limit: 129), Limit(region: .us915, dataRate: 5, limit: 0),
        Limit(region: .au915, dataRate: 2, limit: 51),
        Limit(region: .au915, dataRate: 2, dwell: true, limit: 11),
        Limit(region: .au915, dataRate: 9, dwell: true, limit: 129),
        Limit(region: .as923Group1, dataRate: 2, limit: 115),
        Limit(region: .as923Group1, dataRate: 2, revision: .revisionB, limit: 51),
        Limit(region: .as923Group3, dataRate: 0, dwell: true, limit: 0),
        Limit(region: .as923Group3, dataRate: 4, dwell: true, limit: 125),
        Limit(region: .in865, dataRate: 6, limit: 0), Limit(region: .kr920, dataRate: 0, limit: 51),
        Limit(region: .kr920, dataRate: 0, revision: .revisionA, limit: 65),
        Limit(region: .cn470, dataRate: 1, limit: 23),
        Limit(region: .cn470, dataRate: 1, revision: .revisionB, limit: 51),
    ]

    @Test(arguments: limits)
    func `the longest payload depends on data rate, revision and dwell time`(_ row: Limit) {
        #expect(
            row.region.parameters.maximumPayload(
                dataRate: row.dataRate, revision: row.revision, limitsDwell: row.dwell) == row.limit)
    }

    @Test func `time on the air is that of the data sheet's formula`() {
        // Semtech's LoRa calculator: preamble 8, explicit header, CR 4/5, CRC on.
        let rows: [(String, Int, Bool, Int64)] = [
            ("SF7BW125", 23, true, 61_696), ("SF12BW125", 23, true, 1_482_752),
            ("SF10BW125", 13, false, 288_768), ("SF9BW125", 64, true, 390_144),
            ("SF7BW125", 13, false, 41_216),
        ]
        for (name, count, hasCRC, expected) in rows {
            let rate = Region.eu868.parameters.dataRates.compactMap { $0 }.first { $0.name == name }
            #expect(rate?.airtime(byteCount: count, hasCRC: hasCRC) == expected, "\(name) \(count)")
        }
        #expect(Region.eu868.parameters.dataRate(7)?.airtime(byteCount: 20) == 4_960)
    }

    @Test func `power and share of time depend on the sub-band`() {
        let parameters = RegionalParameters.eu868
        #expect(parameters.downlinkPower(at: 868_100_000) == 16)
        #expect(parameters.downlinkPower(at: 869_525_000) == 29)
        #expect(parameters.subBand(at: 868_100_000).map { parameters.subBands[$0].permille } == 10)
        #expect(parameters.subBand(at: 869_525_000).map { parameters.subBands[$0].permille } == 100)
        #expect(parameters.subBand(at: 868_900_000).map { parameters.subBands[$0].permille } == 1)
        #expect(RegionalParameters.us915.subBands.isEmpty)
    }

    @Test func `of several served regions the one is found that a frame belongs to`() {
        let all = Region.allCases
        #expect(Region.ofUplink(frequency: 868_099_975, dataRate: "SF7BW125", among: all) == .eu868)
        #expect(
            Region.ofUplink(frequency: 865_062_500, dataRate: "SF7BW125", among: [.eu868, .in865]) == .in865)
        #expect(Region.ofUplink(frequency: 923_200_000, dataRate: "SF10BW125", among: all) == .as923Group1)
        #expect(
            Region.ofUplink(frequency: 916_800_000, dataRate: "SF10BW125", among: [.as923Group1, .au915])
                == .au915)
        #expect(Region.ofUplink(frequency: 902_300_000, dataRate: "SF7BW125", among: all) == .us915)
        #expect(Region.ofUplink(frequency: 902_300_000, dataRate: "SF12BW125", among: [.us915]) == nil)
        #expect(Region.ofUplink(frequency: 2_403_000_000, dataRate: "SF7BW125", among: all) == nil)
    }

    @Test func `sub-bands are eight channels and a wide one`() {
        #expect(RegionalParameters.us915.channels(ofSubBand: 2)?.channels == Array(8..<16) + [65])
        #expect(RegionalParameters.us915.channels(ofSubBand: 9) == nil)
        #expect(RegionalParameters.cn470.channels(ofSubBand: 12)?.channels == Array(88..<96))
        #expect(RegionalParameters.eu868.channels(ofSubBand: 1) == nil)
    }

    @Test func `of a list of channels those are new that the region does not have`() {
        let listed: [UInt32] = [868_100_000, 868_500_025, 867_100_000, 923_200_000, 867_100_000, 867_300_000]
        #expect(RegionalParameters.eu868.additional(listed) == [867_100_000, 867_300_000])
        #expect(RegionalParameters.eu868.additional([]) == [])
    }

    @Test func `a list of channels names the sub-band that has all of them`() {
        let us915 = RegionalParameters.us915
        #expect(us915.subBand(holding: [903_900_000, 905_300_000, 904_600_000]) == 2)
        #expect(us915.subBand(holding: [903_900_000, 905_500_000]) == nil)
        #expect(us915.subBand(holding: [903_900_000, 868_100_000]) == nil)
        #expect(us915.subBand(holding: []) == nil)
        #expect(RegionalParameters.cn470.subBand(holding: [489_300_000]) == 12)
        #expect(RegionalParameters.eu868.subBand(holding: [868_100_000]) == nil)
    }
}
