import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import PayloadCodecs

/// What a client sends to queue a downlink.
struct DownlinkBody: Decodable {
    let fPort: Int?
    let payload: String?
    let data: JSONValue?
    let isConfirmed: Bool?
    let priority: Int?
    let expiresIn: Int?

    enum CodingKeys: String, CodingKey {
        case fPort = "f_port"
        case payload, data
        case isConfirmed = "confirmed"
        case priority
        case expiresIn = "expires_in"
    }

    static let schema = Schema.object(
        [
            .init(
                "f_port",
                .integer(minimum: Downlinks.ports.lowerBound, maximum: Downlinks.ports.upperBound)),
            .init(
                "payload", .characters(0...(Downlinks.payloadLimit + 2) / 3 * 4),
                "Base64; what the data rate takes is the limit"),
            .init("data", .map(.any), "Values for the device's codec, in place of a payload"),
            .init("confirmed", .boolean, "false by default"),
            .init(
                "priority",
                .integer(minimum: Downlinks.priorities.lowerBound, maximum: Downlinks.priorities.upperBound),
                "Higher goes first; 0 by default"),
            .init(
                "expires_in",
                .integer(minimum: Downlinks.lifetimes.lowerBound, maximum: Downlinks.lifetimes.upperBound),
                "Seconds that it may wait; for ever by default"),
        ])

    func order() throws -> Downlinks.Order {
        Downlinks.Order(
            fPort: fPort, content: try content(), isConfirmed: isConfirmed ?? false, priority: priority,
            lifetime: expiresIn)
    }

    private func content() throws -> Downlinks.Content {
        switch (payload, try data?.objectText("data")) {
        case (let payload?, nil):
            guard let bytes = Data(base64Encoded: payload) else {
                throw EdgeError.invalid("payload: Base64 is expected")
            }
            return .payload(Array(bytes))
        case (nil, let values?): return .values(values)
        case (nil, nil): throw EdgeError.invalid("Missing required field: payload, or data for a codec")
        case (.some, .some): throw EdgeError.invalid("payload and data do not go together")
        }
    }
}

/// A downlink as it is shown.
struct DownlinkView {
    let downlink: Downlink

    static let schema = Schema.named(
        "Downlink",
        .whole([
            .init("downlink_id", .text), .init("device_id", .text),
            .init("f_port", .integer(minimum: 1, maximum: 255)), .init("payload", .text, "Base64"),
            .init("confirmed", .boolean), .init("priority", .integer()),
            .init("state", .string(values: Downlink.State.allCases.map(\.rawValue))),
            .init("reason", .nullable(.text), "Why it was refused, or the last attempt failed"),
            .init("attempts", .integer(minimum: 0), "Transmissions that a gateway accepted"),
            .init("frame_counter", .nullable(.integer(minimum: 0)), "FCntDown of the last attempt"),
            .init("expires_in", .nullable(.integer(minimum: 1)), "Seconds, as it was ordered"),
            .init("created_at", .time), .init("updated_at", .time),
        ]))

    func write(to json: inout JSONWriter) {
        let progress = downlink.progress
        json.object { json in
            json.field("downlink_id", downlink.id.rawValue)
            json.field("device_id", downlink.device.rawValue)
            json.field("f_port", Int(downlink.fPort))
            json.key("payload")
            json.base64(downlink.payload)
            json.field("confirmed", downlink.isConfirmed)
            json.field("priority", downlink.priority)
            json.field("state", progress.state.rawValue)
            json.field("reason", progress.reason)
            json.field("attempts", progress.attempts)
            json.field("frame_counter", progress.frameCounter.map { Int($0) })
            json.field("expires_in", downlink.lifetime.map { Int($0.components.seconds) })
            json.field("created_at", downlink.createdAt.wall)
            json.field("updated_at", progress.changedAt)
        }
    }
}
