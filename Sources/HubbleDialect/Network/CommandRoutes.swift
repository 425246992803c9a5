import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// MAC commands for one device: ask, and see what is on its way.
struct CommandRoutes {
    let core: EdgeCore

    var routes: [Route] { [ask, list].about("LoRaWAN") }

    private static let path = "/api/org/{org_id}/devices/{device_id}/mac_commands"
    private static let alias = "/v1/org/{org_id}/devices/{device_id}/mac_commands"

    private static let schema = Schema.whole([
        .init("device_id", .text),
        .init("waiting", .array(.text), "Asked for here, and not sent yet"),
        .init("unanswered", .array(.text), "Sent, by a wish of here or of the profile, and not answered yet"),
    ])

    private var ask: Route {
        Route(
            .post, Self.path, Self.alias, access: .permitted(Permission(.devices, .write)),
            summary: "Send a MAC command to a device",
            description: """
                It goes once, with the next frame to the device: behind its next uplink, or at once in class \
                C. The frame log has the frame and the answer; what the device confirms changes its session. \
                What a device shall have all the time is for its profile to say. A command that was not sent \
                yet does not outlast a restart of the gateway.
                """,
            request: CommandBody.schema.example(CommandExamples.ask),
            responses: [.init(202, "What is on its way", Self.schema.example(CommandExamples.waiting))]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CommandBody.self)
            let device = DeviceID(try call.parameter("device_id"))
            let requests = try await core.commands.ask(
                try body.request(), of: device, in: call.organization, by: call.origin)
            return .json(202) { Self.write(requests, of: device, to: &$0) }
        }
    }

    private var list: Route {
        Route(
            .get, Self.path, Self.alias, access: .permitted(Permission(.devices, .read)),
            summary: "List MAC commands on their way to a device",
            responses: [.init(200, "What is on its way", Self.schema.example(CommandExamples.waiting))]
                + CommonResponses.errors(404)
        ) { [core] call in
            let device = DeviceID(try call.parameter("device_id"))
            let requests = try await core.commands.list(of: device, in: call.organization)
            return .json { Self.write(requests, of: device, to: &$0) }
        }
    }

    private static func write(_ requests: DeviceRequests, of device: DeviceID, to json: inout JSONWriter) {
        json.object { json in
            json.field("device_id", device.rawValue)
            json.array("waiting", requests.waiting) { $0.value($1) }
            json.array("unanswered", requests.unanswered) { $0.value($1) }
        }
    }
}

/// What a client sends to have a MAC command sent.
struct CommandBody: Decodable {
    let command: String
    let channel: Int?
    let frequency: Int?
    let rejoinType: Int?
    let dataRate: Int?
    let retries: Int?
    let period: Int?

    enum CodingKeys: String, CodingKey {
        case command, channel, frequency
        case rejoinType = "rejoin_type"
        case dataRate = "data_rate"
        case retries, period
    }

    private static func integer(_ range: ClosedRange<Int>) -> Schema {
        .integer(minimum: range.lowerBound, maximum: range.upperBound)
    }

    static let schema = Schema.object(
        [
            .init("command", .string(values: ["DevStatusReq", "ForceRejoinReq", "DlChannelReq"])),
            .init("channel", integer(DeviceCommands.channels), "DlChannelReq: of the uplink"),
            .init("frequency", .integer(minimum: 0), "DlChannelReq: hertz of RX1 behind it"),
            .init(
                "rejoin_type", integer(DeviceCommands.rejoinTypes),
                "ForceRejoinReq (LoRaWAN 1.1): 0 by default"
            ),
            .init("data_rate", integer(DeviceCommands.dataRates), "ForceRejoinReq: 0 by default"),
            .init("retries", integer(DeviceCommands.rejoinRetries), "ForceRejoinReq: 0 by default"),
            .init(
                "period", integer(DeviceCommands.rejoinPeriods),
                "ForceRejoinReq: repetitions come 32 s x 2^period apart; 0 by default"),
        ], required: ["command"])

    func request() throws -> DeviceRequest {
        switch command {
        case "DevStatusReq": return .status
        case "ForceRejoinReq":
            return .rejoin(
                .init(
                    type: rejoinType ?? 0, dataRate: dataRate ?? 0, retries: retries ?? 0, period: period ?? 0
                ))
        case "DlChannelReq":
            guard let channel else { throw EdgeError.invalid("Missing required field: channel") }
            guard let frequency else { throw EdgeError.invalid("Missing required field: frequency") }
            guard let hertz = UInt32(exactly: frequency) else {
                throw EdgeError.invalid("frequency: hertz are expected")
            }
            return .downlinkChannel(index: channel, frequency: hertz)
        default:
            throw EdgeError.invalid("command: one of DevStatusReq, ForceRejoinReq, DlChannelReq is expected")
        }
    }
}

/// Requests and answers about MAC commands.
enum CommandExamples {
    static let ask = #"{"command":"DlChannelReq","channel":1,"frequency":868500000}"#
    static let waiting = #"""
        {"device_id":"7f3b2c1e-3d54-4b1a-9f3e-2a1d5c6b7e80",\#
        "waiting":["DlChannelReq chIndex=1 frequency=868500000"],"unanswered":[]}
        """#
}
