import EdgeCore
import EdgeHTTP
import EdgeModel

/// The part of a device profile that says how much its devices may be on the air.
struct TransmitLimitsBody: Decodable, Sendable {
    let limitsUplinkDwell: Settable<Bool>
    let limitsDownlinkDwell: Settable<Bool>
    let maximumEIRP: Settable<Int>
    let dutyCycleExponent: Int?

    enum CodingKeys: String, CodingKey {
        case limitsUplinkDwell = "uplink_dwell_time"
        case limitsDownlinkDwell = "downlink_dwell_time"
        case maximumEIRP = "max_eirp"
        case dutyCycleExponent = "duty_cycle_exponent"
    }

    static let schema: Schema = {
        let powers = LoRaWANProfile.TransmitLimits.powers
        let exponents = DeviceProfileRules.exponents
        return .object([
            .init(
                "uplink_dwell_time", .nullable(.boolean),
                "AS923, AU915: at most 400 ms on the air; null leaves the device as it is"),
            .init("downlink_dwell_time", .nullable(.boolean), "AS923"),
            .init(
                "max_eirp", .nullable(.integer(minimum: powers.first, maximum: powers.last)),
                "AS923, AU915: dBm, one of \(powers.map(String.init).joined(separator: ", "))"),
            .init(
                "duty_cycle_exponent",
                .integer(minimum: exponents.lowerBound, maximum: exponents.upperBound),
                "On the air 1/2^n of the time at most; 0 for no limit"),
        ])
    }()

    func apply(to limits: inout LoRaWANProfile.TransmitLimits) {
        if let dwell = limitsUplinkDwell.change { limits.limitsUplinkDwell = dwell }
        if let dwell = limitsDownlinkDwell.change { limits.limitsDownlinkDwell = dwell }
        if let power = maximumEIRP.change { limits.maximumEIRP = power }
        limits.dutyCycleExponent = dutyCycleExponent ?? limits.dutyCycleExponent
    }

    static func write(_ limits: LoRaWANProfile.TransmitLimits, to json: inout JSONWriter) {
        json.field("uplink_dwell_time", limits.limitsUplinkDwell)
        json.field("downlink_dwell_time", limits.limitsDownlinkDwell)
        json.field("max_eirp", limits.maximumEIRP)
        json.field("duty_cycle_exponent", limits.dutyCycleExponent)
    }
}

/// How often devices of LoRaWAN 1.1 ask for new keys.
struct RejoinPeriodBody: Decodable, Sendable {
    let timeExponent: Int
    let countExponent: Int

    enum CodingKeys: String, CodingKey {
        case timeExponent = "time_exponent"
        case countExponent = "count_exponent"
    }

    static let schema: Schema = {
        let exponents = DeviceProfileRules.exponents
        let exponent = Schema.integer(minimum: exponents.lowerBound, maximum: exponents.upperBound)
        return .whole([
            .init("time_exponent", exponent, "At least every 2^(n+10) seconds"),
            .init("count_exponent", exponent, "At least every 2^(n+4) uplinks"),
        ])
    }()

    var value: LoRaWANProfile.RejoinPeriod {
        LoRaWANProfile.RejoinPeriod(timeExponent: timeExponent, countExponent: countExponent)
    }

    static func write(_ period: LoRaWANProfile.RejoinPeriod?, to json: inout JSONWriter) {
        guard let period else {
            json.key("rejoin")
            json.null()
            return
        }
        json.object("rejoin") {
            $0.field("time_exponent", period.timeExponent)
            $0.field("count_exponent", period.countExponent)
        }
    }
}
