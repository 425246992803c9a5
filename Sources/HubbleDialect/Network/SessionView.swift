import EdgeHTTP
import EdgeModel

/// A LoRaWAN session as it is shown, without its keys.
struct SessionView {
    let session: LoRaWANSession.Summary

    static let schema = Schema.named(
        "LoRaWANSession",
        .whole([
            .init("activation", .string(values: ["OTAA", "ABP"])),
            .init("dev_addr", .characters(8...8, pattern: "^[0-9A-F]{8}$")), .init("mac_version", .text),
            .init("region", .text), .init("class", .string(values: ["A", "C"])),
            .init("f_cnt_up", .nullable(.integer(minimum: 0)), "Of the last uplink that was accepted"),
            .init("f_cnt_down", .integer(minimum: 0), "The next; in 1.1 that of network frames"),
            .init("a_f_cnt_down", .nullable(.integer(minimum: 0)), "1.1: the next of application frames"),
            .init("started_at", .nullable(.time)), .init("last_uplink_at", .nullable(.time)),
            .init("data_rate", .nullable(.integer(minimum: 0, maximum: 15))),
            .init("tx_power_index", .nullable(.integer(minimum: 0, maximum: 15))),
            .init("nb_trans", .nullable(.integer(minimum: 1, maximum: 15))),
            .init("rx1_delay", .integer(minimum: 1, maximum: 15), "Seconds"),
            .init("rx2_data_rate", .integer(minimum: 0, maximum: 15)),
            .init("rx2_frequency", .integer(minimum: 0), "Hertz"),
            .init("channels", .array(.integer(minimum: 0)), "Hertz, those that are enabled"),
            .init(
                "battery", .nullable(.integer(minimum: 0, maximum: 255)),
                "0 is external power, 1 to 254 the charge, 255 unknown"),
            .init("margin", .nullable(.integer(minimum: -32, maximum: 31)), "dB"),
            .init("uplink_dwell_time", .nullable(.boolean), "At most 400 ms on the air"),
            .init("downlink_dwell_time", .nullable(.boolean)),
            .init("max_eirp", .nullable(.integer()), "dBm; null when it was never told"),
            .init(
                "duty_cycle_exponent", .nullable(.integer(minimum: 0, maximum: 15)),
                "On the air 1/2^n of the time at most"),
            .init("rejoin", .nullable(RejoinPeriodBody.schema)),
            .init(
                "dl_channels",
                .array(
                    .whole([
                        .init("channel", .integer(minimum: 0, maximum: 15)),
                        .init("frequency", .integer(minimum: 0), "Hertz"),
                    ])), "Uplink channels whose RX1 is elsewhere"),
        ]))

    func write(to json: inout JSONWriter) {
        let address = String(session.devAddr, radix: 16, uppercase: true)
        json.object { json in
            json.field("activation", session.activation)
            json.field("dev_addr", String(repeating: "0", count: 8 - address.count) + address)
            json.field("mac_version", session.macVersion)
            json.field("region", session.region)
            json.field("class", session.deviceClass)
            json.field("f_cnt_up", session.frameCounterUp.map { Int($0) })
            json.field("f_cnt_down", Int(session.frameCounterDown))
            json.field("a_f_cnt_down", session.applicationCounterDown.map { Int($0) })
            json.field("started_at", session.startedAt)
            json.field("last_uplink_at", session.lastUplinkAt)
            json.field("data_rate", session.dataRate.map { Int($0) })
            json.field("tx_power_index", session.powerIndex.map { Int($0) })
            json.field("nb_trans", session.transmissions.map { Int($0) })
            json.field("rx1_delay", Int(session.receiveDelay))
            json.field("rx2_data_rate", Int(session.receiveWindow2DataRate))
            json.field("rx2_frequency", Int(session.receiveWindow2Frequency))
            json.array("channels", session.channels) { $0.value(Int($1)) }
            json.field("battery", session.battery.map { Int($0) })
            json.field("margin", session.margin.map { Int($0) })
            write(session.limits, to: &json)
        }
    }

    /// What the device has confirmed.
    private func write(_ limits: LoRaWANSession.Summary.Limits?, to json: inout JSONWriter) {
        json.field("uplink_dwell_time", limits?.limitsUplinkDwell)
        json.field("downlink_dwell_time", limits?.limitsDownlinkDwell)
        json.field("max_eirp", limits?.maximumEIRP)
        json.field("duty_cycle_exponent", limits.map { Int($0.dutyCycleExponent) })
        var period: LoRaWANProfile.RejoinPeriod?
        if let time = limits?.rejoinTimeExponent, let count = limits?.rejoinCountExponent {
            period = .init(timeExponent: Int(time), countExponent: Int(count))
        }
        RejoinPeriodBody.write(period, to: &json)
        json.array("dl_channels", limits?.downlinkChannels ?? []) { json, channel in
            json.object {
                $0.field("channel", channel.index)
                $0.field("frequency", Int(channel.frequency))
            }
        }
    }
}
