/// What the regional parameters (RP002) say of one region: tables, as data. One object a region.
package final class RegionalParameters: Sendable {
    package let region: Region
    /// Hertz of uplinks.
    package let band: ClosedRange<UInt32>
    package let plan: Plan
    /// The channels of a device that was told nothing: the mandatory ones, or the whole fixed plan.
    package let defaultChannels: [Channel]
    /// Mandatory channels and those that most networks add, by index.
    let usualFrequencies: [UInt32]
    /// By index; nil is reserved.
    package let dataRates: [DataRate?]
    package let uplinkDataRates: ClosedRange<UInt8>
    /// Data rates of RX1 and RX2.
    package let downlinkDataRates: ClosedRange<UInt8>
    let payloads: PayloadTables
    let rx1: RX1Rule
    /// The largest RX1DROffset.
    package let maximumRX1Offset: UInt8
    package let rx2Frequency: UInt32
    package let rx2DataRate: UInt8
    /// Highest index of TXPower, each 2 dB lower, by revision.
    let maximumPowerIndices: (old: UInt8, rp002: UInt8)
    /// What a device may send with at power index 0, dBm EIRP.
    package let maximumEIRP: Double
    /// dBm EIRP of downlinks but where `strongBand` says more.
    let downlinkEIRP: Double
    let strongBand: (frequencies: ClosedRange<UInt32>, eirp: Double)?
    /// Where the gateway's own share of the time is limited.
    package let subBands: [SubBand]
    /// Whether TxParamSetupReq, and with it dwell time, exists here.
    package let hasDwellTime: Bool
    /// Whether a device begins with a dwell time of 400 ms for uplinks.
    package let beginsWithUplinkDwell: Bool
    /// Whether downlinks know a dwell time.
    package let hasDownlinkDwell: Bool

    /// How channels are numbered.
    package enum Plan: Hashable, Sendable {
        /// A few mandatory channels, the network adds up to this many in all.
        case dynamic(count: Int)
        /// All channels are known; masks choose among them. `wideFrom`: the first of 500 kHz.
        case fixed(count: Int, wideFrom: Int?)
    }

    /// A part of the band with a limit of its own (EN 300 220).
    package struct SubBand: Hashable, Sendable {
        package let frequencies: Range<UInt32>
        /// Share of each hour, in thousandths.
        package let permille: Int64
    }

    /// How RX1 follows from the uplink.
    struct RX1Rule: Sendable {
        /// Where uplinks and downlinks have frequencies of their own: the first, the step, how many.
        var downlinkChannels: (first: UInt32, step: UInt32, count: UInt32)?
        /// By uplink data rate, then offset. Nil: uplink data rate less offset, not below the lowest.
        var table: [[UInt8]]?
        /// AS923 and IN865: offsets 6 and 7 are -1 and -2.
        var hasNegativeOffsets = false
        /// The fastest data rate of RX1.
        var maximum: UInt8
        /// What RP002 changed of the table, and of the fastest.
        var rp002Table: [[UInt8]]?
        var rp002Maximum: UInt8?
    }

    /// Maximum of FOpts and FRMPayload together (N), by data rate; 0 allows nothing.
    struct PayloadTables: Sendable {
        var revisionA: [Int]
        var revisionB: [Int]
        var rp002: [Int]
        /// With a dwell time of 400 ms, uplink data rates only, or all.
        var dwell: [Int]?

        init(_ all: [Int], revisionA: [Int]? = nil, rp002: [Int]? = nil, dwell: [Int]? = nil) {
            revisionB = all
            self.revisionA = revisionA ?? all
            self.rp002 = rp002 ?? all
            self.dwell = dwell
        }
    }

    init(
        region: Region, band: ClosedRange<UInt32>, plan: Plan, defaultChannels: [Channel],
        usualFrequencies: [UInt32], dataRates: [DataRate?], uplinkDataRates: ClosedRange<UInt8>,
        downlinkDataRates: ClosedRange<UInt8>, payloads: PayloadTables, rx1: RX1Rule,
        maximumRX1Offset: UInt8, rx2Frequency: UInt32, rx2DataRate: UInt8,
        maximumPowerIndices: (old: UInt8, rp002: UInt8), maximumEIRP: Double, downlinkEIRP: Double,
        strongBand: (frequencies: ClosedRange<UInt32>, eirp: Double)? = nil, subBands: [SubBand] = [],
        hasDwellTime: Bool = false, beginsWithUplinkDwell: Bool = false, hasDownlinkDwell: Bool = false
    ) {
        self.region = region
        self.band = band
        self.plan = plan
        self.defaultChannels = defaultChannels
        self.usualFrequencies = usualFrequencies
        self.dataRates = dataRates
        self.uplinkDataRates = uplinkDataRates
        self.downlinkDataRates = downlinkDataRates
        self.payloads = payloads
        self.rx1 = rx1
        self.maximumRX1Offset = maximumRX1Offset
        self.rx2Frequency = rx2Frequency
        self.rx2DataRate = rx2DataRate
        self.maximumPowerIndices = maximumPowerIndices
        self.maximumEIRP = maximumEIRP
        self.downlinkEIRP = downlinkEIRP
        self.strongBand = strongBand
        self.subBands = subBands
        self.hasDwellTime = hasDwellTime
        self.beginsWithUplinkDwell = beginsWithUplinkDwell
        self.hasDownlinkDwell = hasDownlinkDwell
    }
}

/// The edition of the regional parameters that a device was built to.
package enum RegionalRevision: UInt8, Hashable, CaseIterable, Sendable {
    /// RP 1.0.2 revision A and before.
    case revisionA = 0
    /// RP 1.0.2 revision B, 1.0.3 revision A, 1.1.
    case revisionB = 1
    /// RP002-1.0.1 and later.
    case rp002 = 2
}
