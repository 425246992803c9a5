import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// How a LoRaWAN device stands with the network, and the frames that went to and fro.
struct ActivationRoutes {
    let core: EdgeCore

    var routes: [Route] { [activation, clearNonces, frames, deviceFrames].about("LoRaWAN") }

    private var activation: Route {
        Route(
            .get, "/api/org/{org_id}/devices/{device_id}/activation",
            "/v1/org/{org_id}/devices/{device_id}/activation",
            access: .permitted(Permission(.devices, .read)), summary: "Read the sessions of a device",
            description: """
                Newest first; none before the first join. Between a join and the first frame after it, the \
                session before is still good. Keys are never among it.
                """,
            responses: [
                .init(
                    200, "Its sessions",
                    .whole([.init("device_id", .text), .init("sessions", .array(SessionView.schema))])
                        .example(NetworkExamples.activation))
            ] + CommonResponses.errors(404)
        ) { [core] call in
            let device = DeviceID(try call.parameter("device_id"))
            let sessions = try await core.activations.sessions(of: device, in: call.organization)
            return .json { json in
                json.object { json in
                    json.field("device_id", device.rawValue)
                    json.array("sessions", sessions) { SessionView(session: $1).write(to: &$0) }
                }
            }
        }
    }

    private var clearNonces: Route {
        Route(
            .delete, "/api/org/{org_id}/devices/{device_id}/activation/dev_nonces",
            "/v1/org/{org_id}/devices/{device_id}/activation/dev_nonces",
            access: .permitted(Permission(.devices, .write)),
            summary: "Forget the DevNonces that a device has used",
            description: "For a device that was reset or replaced and is refused with a nonce used before.",
            responses: [
                .init(
                    200, "Forgotten",
                    .whole([.init("device_id", .text), .init("message", .text)]).example(
                        NetworkExamples.noncesCleared))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let device = DeviceID(try call.parameter("device_id"))
            try await core.activations.clearNonces(of: device, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("device_id", device.rawValue)
                    $0.field("message", "DevNonces forgotten")
                }
            }
        }
    }

    private static let frameParameters: [Parameter] = [
        Parameter(
            "limit", .integer(minimum: 1),
            "100 by default; more than \(Activations.frameLimit) counts as \(Activations.frameLimit)"),
        Parameter("before", .integer(minimum: 1), "Lines before this number, newest first"),
        Parameter("after", .integer(minimum: 0), "Lines after this number, oldest first: to follow the log"),
        Parameter(
            "wait", .integer(minimum: 0),
            "With after: seconds to wait for a line when there is none yet; more than 15 counts as 15"),
    ]

    private static let page = Schema.whole([
        .init("frames", .array(LoggedFrameView.schema)), .init("count", .integer(minimum: 0)),
    ])

    private var frames: Route {
        Route(
            .get, "/api/org/{org_id}/frames", "/v1/org/{org_id}/frames",
            access: .permitted(Permission(.packets, .read)), summary: "Read the frame log",
            description: """
                LoRaWAN frames in both directions with their MAC commands, joins, and what the network server \
                refused and why. The newest \(Activations.keptFrames) lines are kept.
                """,
            parameters: Self.frameParameters + [Parameter("gateway_id", .text, "Those of one gateway")],
            responses: [.init(200, "One page", Self.page.example(NetworkExamples.frames))]
                + CommonResponses.errors(400)
        ) { [core] call in
            var query = try Self.query(call)
            query.gateway = call.query["gateway_id"].map { GatewayID($0) }
            return try await Self.answer(query, call, core)
        }
    }

    private var deviceFrames: Route {
        Route(
            .get, "/api/org/{org_id}/devices/{device_id}/frames",
            "/v1/org/{org_id}/devices/{device_id}/frames",
            access: .permitted(Permission(.packets, .read)), summary: "Read the frame log of one device",
            parameters: Self.frameParameters,
            responses: [.init(200, "One page", Self.page.example(NetworkExamples.frames))]
                + CommonResponses.errors(400, 404)
        ) { [core] call in
            var query = try Self.query(call)
            query.device = DeviceID(try call.parameter("device_id"))
            return try await Self.answer(query, call, core)
        }
    }

    private static func query(_ call: Call) throws -> LoggedFrameQuery {
        let before = try call.query.integer("before", minimum: 1, maximum: .max)
        let after = try call.query.integer("after", minimum: 0, maximum: .max)
        guard before == nil || after == nil else {
            throw EdgeError.invalid("before and after do not go together")
        }
        return LoggedFrameQuery(
            organization: try call.organization, place: (after ?? before).map(Int64.init),
            follows: after != nil,
            limit: try call.query.integer("limit", minimum: 1, maximum: Activations.frameLimit) ?? 100)
    }

    private static func answer(_ query: LoggedFrameQuery, _ call: Call, _ core: EdgeCore) async throws
        -> Reply
    {
        let longest = Int(Activations.longestWait.components.seconds)
        let wait = try call.query.integer("wait", minimum: 0, maximum: longest) ?? 0
        let frames = try await core.activations.frames(query, wait: .seconds(wait))
        return .json(size: 512 * (frames.count + 1)) { json in
            json.object { json in
                json.array("frames", frames) { LoggedFrameView(frame: $1).write(to: &$0) }
                json.field("count", frames.count)
            }
        }
    }
}
