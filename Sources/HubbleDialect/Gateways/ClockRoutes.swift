import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The gateway's clock: what it is worth, and telling it the time where there is no network.
struct ClockRoutes {
    let core: EdgeCore

    var routes: [Route] { [read, set].about("Clock") }

    private static let schema = Schema.whole([
        .init("time", .time),
        .init(
            "quality", .string(values: ["none", "saved", "synchronised", "told"]),
            "none: there is no time yet; saved: plausible, of unknown origin"),
        .init(
            "source", .nullable(.characters(4...9, pattern: "^(gnss|central|installer)$")),
            "Who told it; null for the system's own clock"),
    ])

    private struct Body: Decodable {
        let time: TimeInput

        static let schema = Schema.object([.init("time", .time)], required: ["time"])
    }

    private var read: Route {
        Route(
            .get, "/api/org/{org_id}/clock", "/v1/org/{org_id}/clock", access: .member,
            summary: "Read the gateway's clock",
            responses: [
                .init(
                    200, "The clock",
                    Self.schema.example(
                        #"{"time":"2024-01-20T14:22:00Z","quality":"synchronised","source":null}"#))
            ] + CommonResponses.errors()
        ) { [core] _ in Self.answer(core.gatewayClock.state()) }
    }

    private var set: Route {
        Route(
            .put, "/api/org/{org_id}/clock", "/v1/org/{org_id}/clock",
            access: .permitted(Permission(.organization, .write)), summary: "Tell the gateway the time",
            description: """
                For a gateway that has no network and no clock of its own: an installer's phone knows the \
                time. What was heard since it started then gets its real time.
                """,
            request: Body.schema.example(#"{"time":"2024-01-20T14:22:00Z"}"#),
            responses: [
                .init(
                    200, "The clock as it is now",
                    Self.schema.example(
                        #"{"time":"2024-01-20T14:22:00Z","quality":"told","source":"installer"}"#))
            ] + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let time = try call.json(as: Body.self).time.time
            return Self.answer(
                try await core.gatewayClock.set(time, in: call.organization, by: call.origin))
        }
    }

    private static func answer(_ state: GatewayClock.State) -> Reply {
        .json { json in
            json.object {
                $0.field("time", state.now)
                $0.field("quality", "\(state.quality)")
                $0.field("source", state.source?.rawValue)
            }
        }
    }
}
