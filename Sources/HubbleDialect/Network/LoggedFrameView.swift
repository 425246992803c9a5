import EdgeHTTP
import EdgeModel

/// A line of the frame log as it is shown.
struct LoggedFrameView {
    let frame: LoggedFrame

    static let schema = Schema.named(
        "LoggedFrame",
        .whole([
            .init("number", .integer(minimum: 0), "Ascends"),
            .init("kind", .string(values: LoggedFrame.Kind.allCases.map(\.rawValue))),
            .init("at", .time), .init("device_id", .nullable(.text)), .init("gateway_id", .nullable(.text)),
            .init("frequency", .nullable(.integer(minimum: 0)), "Hertz"),
            .init("data_rate", .nullable(.text)),
            .init("rssi", .nullable(.number), "dBm"), .init("snr", .nullable(.number), "dB"),
            .init("power", .nullable(.integer()), "dBm EIRP, of a downlink"),
            .init("phy_payload", .nullable(.text), "Base64, as it is on the air"),
            .init("frame_counter", .nullable(.integer(minimum: 0))),
            .init("f_port", .nullable(.integer(minimum: 0, maximum: 255))),
            .init("mac_commands", .array(.text)), .init("note", .nullable(.text)),
        ]))

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("number", Int(frame.number ?? 0))
            json.field("kind", frame.kind.rawValue)
            json.field("at", frame.at.wall)
            json.field("device_id", frame.device?.rawValue)
            json.field("gateway_id", frame.gateway?.rawValue)
            json.field("frequency", frame.radio.map { Int($0.frequency) })
            json.field("data_rate", frame.radio?.dataRate)
            json.field("rssi", frame.radio?.rssi)
            json.field("snr", frame.radio?.snr)
            json.field("power", frame.radio?.power)
            json.key("phy_payload")
            if frame.frame.isEmpty { json.null() } else { json.base64(frame.frame) }
            json.field("frame_counter", frame.frameCounter.map { Int($0) })
            json.field("f_port", frame.fPort.map { Int($0) })
            json.array("mac_commands", frame.commands) { $0.value($1) }
            json.field("note", frame.note)
        }
    }
}
