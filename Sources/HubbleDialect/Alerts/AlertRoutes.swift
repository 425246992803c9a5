import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Who is silent, and was.
struct AlertRoutes {
    let core: EdgeCore

    var routes: [Route] { [list].about("Alerts") }

    private enum State: String, CaseIterable {
        case raised, all
    }

    private static let alert = Schema.whole([
        .init("alert_id", .text), .init("type", .string(values: ["device.silent", "gateway.silent"])),
        .init("device_id", .nullable(.text)), .init("gateway_id", .nullable(.text)),
        .init("name", .text, "When it was raised"), .init("silence_seconds", .integer(minimum: 1), "Allowed"),
        .init("last_seen_at", .nullable(.time)), .init("raised_at", .time),
        .init("cleared_at", .nullable(.time), "null while it is silent"),
    ])

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/alerts", "/v1/org/{org_id}/alerts",
            access: .permitted(Permission(.devices, .read)), summary: "List alerts",
            description: """
                Newest first. A device is silent after missed_intervals times the expected_uplink_interval of \
                its profile, or its own, without a packet; a gateway after alerts.gateway_silence_seconds.
                """,
            parameters: [
                Parameter("state", .string(values: State.allCases.map(\.rawValue)), "raised if absent"),
                Parameter(
                    "limit", .integer(minimum: 1),
                    "100 if absent; more than \(Alerts.pageLimit) counts as \(Alerts.pageLimit)"),
            ],
            responses: [
                .init(
                    200, "Alerts",
                    .whole([.init("alerts", .array(Self.alert, maximum: Alerts.pageLimit))])
                        .example(AlertExamples.list))
            ] + CommonResponses.errors()
        ) { [core] call in
            let state = try call.query.choice("state", State.self) ?? .raised
            let limit = try call.query.integer("limit", minimum: 1, maximum: Alerts.pageLimit) ?? 100
            let alerts = try await core.alerts.list(
                call.organization, raisedOnly: state == .raised, limit: limit)
            return .json(size: 320 * (alerts.count + 1)) { json in
                json.object { json in
                    json.array("alerts", alerts) { Self.write($1, to: &$0) }
                }
            }
        }
    }

    private static func write(_ alert: Alert, to json: inout JSONWriter) {
        json.object { json in
            json.field("alert_id", alert.id)
            json.field("type", "\(alert.subject.kind).silent")
            switch alert.subject {
            case .device(let id):
                json.field("device_id", id.rawValue)
                json.field("gateway_id", String?.none)
            case .gateway(let id):
                json.field("device_id", String?.none)
                json.field("gateway_id", id.rawValue)
            }
            json.field("name", alert.name)
            json.field("silence_seconds", alert.allowedSilence.wholeSeconds)
            json.field("last_seen_at", alert.lastSeenAt)
            json.field("raised_at", alert.raisedAt)
            json.field("cleared_at", alert.clearedAt)
        }
    }
}

/// Answers about alerts.
enum AlertExamples {
    static let list = #"""
        {"alerts":[{"alert_id":"1d0e7d0c-0a35-4d1f-9d0a-7d8f6a1b2c3d","type":"device.silent",\#
        "device_id":"device-uuid-1","gateway_id":null,"name":"Door sensor","silence_seconds":2700,\#
        "last_seen_at":"2024-01-15T10:30:00Z","raised_at":"2024-01-15T11:15:05Z","cleared_at":null}]}
        """#
}
