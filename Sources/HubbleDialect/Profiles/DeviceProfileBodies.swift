import EdgeCore
import EdgeHTTP
import EdgeModel

/// What a client sends to make or to change a device profile. What is absent stays as it is, or has its
/// default; null takes away what may be without.
struct DeviceProfileBody: Decodable, Sendable {
    let name: String?
    let region: String?
    let macVersion: String?
    let regionalRevision: String?
    let deviceClass: String?
    let rx1Delay: Int64?
    let rx1DataRateOffset: Int?
    let rx2DataRate: Settable<Int>
    let rx2Frequency: Settable<Int>
    let personalisation: Personalisation?
    let adaptiveDataRate: AdaptiveDataRate?
    let supportsJoin: Bool?
    let confirmedTries: Int?
    let statusInterval: Settable<Int64>
    let transmitLimits: TransmitLimitsBody?
    let rejoinPeriod: Settable<RejoinPeriodBody>
    let expectedUplinkInterval: Settable<Int64>
    let missedIntervals: Int?
    let codec: Settable<String>

    struct Personalisation: Decodable, Sendable {
        let allowsCounterReset: Bool?
        let has16BitCounters: Bool?
        let presetFrequencies: [Int]?

        enum CodingKeys: String, CodingKey {
            case allowsCounterReset = "allow_counter_reset"
            case has16BitCounters = "counters_16_bit"
            case presetFrequencies = "preset_frequencies"
        }
    }

    struct AdaptiveDataRate: Decodable, Sendable {
        let isEnabled: Bool?
        let minimumDataRate: Settable<Int>
        let maximumDataRate: Settable<Int>
        let maximumPowerIndex: Settable<Int>
        let margin: Int?

        enum CodingKeys: String, CodingKey {
            case isEnabled = "enabled"
            case minimumDataRate = "min_dr"
            case maximumDataRate = "max_dr"
            case maximumPowerIndex = "max_tx_power_index"
            case margin
        }
    }

    enum CodingKeys: String, CodingKey {
        case name, region
        case macVersion = "mac_version"
        case regionalRevision = "regional_parameters_revision"
        case deviceClass = "device_class"
        case rx1Delay = "rx1_delay"
        case rx1DataRateOffset = "rx1_dr_offset"
        case rx2DataRate = "rx2_dr"
        case rx2Frequency = "rx2_frequency"
        case personalisation = "abp"
        case adaptiveDataRate = "adr"
        case supportsJoin = "supports_join"
        case confirmedTries = "confirmed_tries"
        case statusInterval = "status_interval"
        case transmitLimits = "tx_limits"
        case rejoinPeriod = "rejoin"
        case expectedUplinkInterval = "expected_uplink_interval"
        case missedIntervals = "missed_intervals"
        case codec = "codec_id"
    }

    static let createSchema = Schema.object(DeviceProfileSchemas.settable, required: ["name"])
    static let updateSchema = Schema.object(DeviceProfileSchemas.settable)

    /// Throws `invalid` for a word that is none of a closed set.
    func apply(to profile: inout DeviceProfile) throws {
        profile.name = name ?? profile.name
        try apply(to: &profile.lorawan)
        if let interval = expectedUplinkInterval.change {
            profile.expectedUplinkInterval = interval.map(Duration.seconds)
        }
        profile.missedIntervals = missedIntervals ?? profile.missedIntervals
        if let codec = codec.change { profile.codec = codec.map { CodecID($0) } }
    }

    private func apply(to lorawan: inout LoRaWANProfile) throws {
        lorawan.region = try Self.choice(region, "region") ?? lorawan.region
        lorawan.macVersion = try Self.choice(macVersion, "mac_version") ?? lorawan.macVersion
        lorawan.regionalRevision =
            try Self.choice(regionalRevision, "regional_parameters_revision") ?? lorawan.regionalRevision
        lorawan.deviceClass = try Self.choice(deviceClass, "device_class") ?? lorawan.deviceClass
        lorawan.windows.rx1Delay = rx1Delay.map(Duration.seconds) ?? lorawan.windows.rx1Delay
        lorawan.windows.rx1DataRateOffset = rx1DataRateOffset ?? lorawan.windows.rx1DataRateOffset
        if let dataRate = rx2DataRate.change { lorawan.windows.rx2DataRate = dataRate }
        if let frequency = rx2Frequency.change {
            lorawan.windows.rx2Frequency = try frequency.map { try Self.frequency($0, "rx2_frequency") }
        }
        try personalisation?.apply(to: &lorawan.personalisation)
        adaptiveDataRate?.apply(to: &lorawan.adaptiveDataRate)
        lorawan.supportsJoin = supportsJoin ?? lorawan.supportsJoin
        lorawan.confirmedTries = confirmedTries ?? lorawan.confirmedTries
        if let interval = statusInterval.change {
            lorawan.statusInterval = interval.map(Duration.seconds)
        }
        transmitLimits?.apply(to: &lorawan.transmitLimits)
        if let period = rejoinPeriod.change { lorawan.rejoinPeriod = period.map(\.value) }
    }

    fileprivate static func frequency(_ hertz: Int, _ field: String) throws -> UInt32 {
        guard let frequency = UInt32(exactly: hertz) else {
            throw EdgeError.invalid("\(field): a frequency in hertz is expected")
        }
        return frequency
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(_ text: String?, _ field: String)
        throws -> Choice?
    where Choice.RawValue == String {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw EdgeError.invalid("\(field): one of \(choices) is expected")
        }
        return choice
    }
}

extension DeviceProfileBody.Personalisation {
    fileprivate func apply(to personalisation: inout LoRaWANProfile.Personalisation) throws {
        personalisation.allowsCounterReset = allowsCounterReset ?? personalisation.allowsCounterReset
        personalisation.has16BitCounters = has16BitCounters ?? personalisation.has16BitCounters
        personalisation.presetFrequencies =
            try presetFrequencies?.map {
                try DeviceProfileBody.frequency($0, "abp.preset_frequencies")
            } ?? personalisation.presetFrequencies
    }
}

extension DeviceProfileBody.AdaptiveDataRate {
    fileprivate func apply(to adaptive: inout LoRaWANProfile.AdaptiveDataRate) {
        adaptive.isEnabled = isEnabled ?? adaptive.isEnabled
        if let low = minimumDataRate.change { adaptive.minimumDataRate = low }
        if let high = maximumDataRate.change { adaptive.maximumDataRate = high }
        if let index = maximumPowerIndex.change { adaptive.maximumPowerIndex = index }
        adaptive.margin = margin ?? adaptive.margin
    }
}

/// What the parts of a device profile must be.
enum DeviceProfileSchemas {
    private typealias Rules = DeviceProfileRules
    private static let dataRate = integer(Rules.dataRates)
    private static let frequency = Schema.integer(
        minimum: Int(Rules.frequencies.lowerBound), maximum: Int(Rules.frequencies.upperBound))

    private static func integer(_ range: ClosedRange<Int>) -> Schema {
        .integer(minimum: range.lowerBound, maximum: range.upperBound)
    }

    static let settable: [Schema.Property] = [
        .init("name", .characters(1...Rules.nameLimit)),
        .init("region", .string(values: LoRaWANProfile.Region.allCases.map(\.rawValue))),
        .init("mac_version", .string(values: LoRaWANProfile.MACVersion.allCases.map(\.rawValue))),
        .init(
            "regional_parameters_revision",
            .string(values: LoRaWANProfile.RegionalRevision.allCases.map(\.rawValue))),
        .init("device_class", .string(values: LoRaWANProfile.DeviceClass.allCases.map(\.rawValue))),
        .init("rx1_delay", integer(Rules.rx1DelaySeconds), "Seconds"),
        .init("rx1_dr_offset", integer(Rules.rx1Offsets)),
        .init("rx2_dr", .nullable(dataRate), "null for the region's"),
        .init("rx2_frequency", .nullable(frequency), "Hertz; null for the region's"),
        .init("abp", personalisation, "For devices that do not join"),
        .init("adr", adaptiveDataRate),
        .init("supports_join", .boolean),
        .init("confirmed_tries", integer(Rules.confirmedTries), "Of a confirmed downlink"),
        .init("status_interval", .nullable(integer(Rules.statusIntervalSeconds)), "Seconds; null for never"),
        .init("tx_limits", TransmitLimitsBody.schema, "What devices are told beside data rate and power"),
        .init("rejoin", .nullable(RejoinPeriodBody.schema), "LoRaWAN 1.1; null leaves it to the device"),
        .init(
            "expected_uplink_interval", .nullable(integer(Rules.expectedIntervalSeconds)),
            "Seconds; null when nothing is expected"),
        .init("missed_intervals", integer(Rules.missedIntervals), "After so many a device is silent"),
        .init("codec_id", .nullable(.text)),
    ]

    private static let personalisation = Schema.object([
        .init("allow_counter_reset", .boolean, "An uplink counter that starts again is taken"),
        .init("counters_16_bit", .boolean),
        .init(
            "preset_frequencies", .array(frequency, maximum: Rules.presetFrequencyLimit),
            "Hertz; also what devices are given at a join. US915, AU915, CN470: of one sub-band"),
    ])

    private static let adaptiveDataRate = Schema.object([
        .init("enabled", .boolean), .init("min_dr", .nullable(dataRate)),
        .init("max_dr", .nullable(dataRate)),
        .init("max_tx_power_index", .nullable(integer(Rules.powerIndices))),
        .init("margin", integer(Rules.margins), "dB"),
    ])

    static let item = Schema.named(
        "DeviceProfile",
        .whole(
            [.init("id", .text)] + settable + [.init("created_at", .time), .init("updated_at", .time)]))
}

/// A device profile as it is shown.
struct DeviceProfileView {
    let profile: DeviceProfile

    static let schema = Schema.whole([.init("profile", DeviceProfileSchemas.item)])
    static let detailSchema = Schema.whole([
        .init("profile", DeviceProfileSchemas.item),
        .init("device_count", .integer(minimum: 0), "Devices that have it"),
    ])

    /// `{"profile": {…}}`
    func write(deviceCount: Int? = nil, to json: inout JSONWriter) {
        json.object { json in
            json.object("profile") { writeMembers(to: &$0) }
            if let deviceCount { json.field("device_count", deviceCount) }
        }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", profile.id.rawValue)
        json.field("name", profile.name)
        writeLoRaWAN(profile.lorawan, to: &json)
        json.field("expected_uplink_interval", (profile.expectedUplinkInterval?.wholeSeconds))
        json.field("missed_intervals", profile.missedIntervals)
        json.field("codec_id", profile.codec?.rawValue)
        json.field("created_at", profile.createdAt)
        json.field("updated_at", profile.updatedAt)
    }

    private func writeLoRaWAN(_ lorawan: LoRaWANProfile, to json: inout JSONWriter) {
        json.field("region", lorawan.region.rawValue)
        json.field("mac_version", lorawan.macVersion.rawValue)
        json.field("regional_parameters_revision", lorawan.regionalRevision.rawValue)
        json.field("device_class", lorawan.deviceClass.rawValue)
        json.field("rx1_delay", lorawan.windows.rx1Delay.wholeSeconds)
        json.field("rx1_dr_offset", lorawan.windows.rx1DataRateOffset)
        json.field("rx2_dr", lorawan.windows.rx2DataRate)
        json.field("rx2_frequency", lorawan.windows.rx2Frequency.map(Int.init))
        json.object("abp") { json in
            json.field("allow_counter_reset", lorawan.personalisation.allowsCounterReset)
            json.field("counters_16_bit", lorawan.personalisation.has16BitCounters)
            json.array("preset_frequencies", lorawan.personalisation.presetFrequencies) {
                $0.value(Int($1))
            }
        }
        json.object("adr") { json in
            json.field("enabled", lorawan.adaptiveDataRate.isEnabled)
            json.field("min_dr", lorawan.adaptiveDataRate.minimumDataRate)
            json.field("max_dr", lorawan.adaptiveDataRate.maximumDataRate)
            json.field("max_tx_power_index", lorawan.adaptiveDataRate.maximumPowerIndex)
            json.field("margin", lorawan.adaptiveDataRate.margin)
        }
        json.field("supports_join", lorawan.supportsJoin)
        json.field("confirmed_tries", lorawan.confirmedTries)
        json.field("status_interval", lorawan.statusInterval?.wholeSeconds)
        json.object("tx_limits") { TransmitLimitsBody.write(lorawan.transmitLimits, to: &$0) }
        RejoinPeriodBody.write(lorawan.rejoinPeriod, to: &json)
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeSeconds: Int { Int(components.seconds) }
}
