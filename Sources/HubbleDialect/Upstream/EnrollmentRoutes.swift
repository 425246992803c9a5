import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import HTTPTypes

/// A central's side: the gateways that are enrolled, and codes for more.
struct EnrollmentRoutes {
    let core: EdgeCore

    var routes: [Route] { [create, list, revoke, take].about("Gateways") }

    private static let all = "/api/org/{org_id}/gateways/enrollments"
    private static let one = "/api/org/{org_id}/gateways/enrollments/{gateway_id}"

    private struct CreateBody: Decodable {
        let name: String

        static let schema = Schema.object([.init("name", .text)], required: ["name"])
    }

    private var create: Route {
        Route(
            .post, Self.all, "/v1/org/{org_id}/gateways/enrollments",
            access: .permitted(Permission(.keys, .write)), summary: "Make an enrollment code",
            description: """
                One gateway enrolls with it, within a quarter of an hour: holdfast enroll URL --code \
                CODE. It is in this response and nowhere else.
                """,
            request: CreateBody.schema.example(UpstreamExamples.createEnrollment),
            responses: [
                .init(
                    201, "Made",
                    .whole([
                        .init("code", .text), .init("gateway_id", .text), .init("name", .text),
                        .init("expires_at", .time),
                    ]).example(UpstreamExamples.createdEnrollment))
            ] + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CreateBody.self)
            let made = try await core.central.invite(name: body.name, to: call.organization, by: call.origin)
            return .json(201) { json in
                json.object {
                    $0.field("code", made.code)
                    $0.field("gateway_id", made.gateway.id.rawValue)
                    $0.field("name", made.gateway.name)
                    $0.field("expires_at", made.expiresAt)
                }
            }
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, "/v1/org/{org_id}/gateways/enrollments",
            access: .permitted(Permission(.devices, .read)), summary: "List enrolled gateways",
            description: """
                Online is one that was heard within two minutes. Conflicts are packets that came under the \
                sequence number of another: two machines with one identity. Both packets are kept.
                """,
            responses: [
                .init(
                    200, "All of them, with what they said of themselves last",
                    .whole([
                        .init("gateways", .array(EnrolledGatewayView.schema)),
                        .init("total_count", .integer(minimum: 0)),
                        .init(
                            "packets_without_device", .integer(minimum: 0),
                            "They wait for the registration of their devices"),
                        .init("devices_unknown", .integer(minimum: 0)),
                    ]).example(UpstreamExamples.enrollments))
            ] + CommonResponses.errors()
        ) { [core] call in
            let organization = try call.organization
            let gateways = try await core.central.list(organization)
            let pending = try await core.central.pending(organization)
            return .json(size: 800 * (gateways.count + 1)) { json in
                json.object { json in
                    json.array("gateways", gateways) { json, gateway in
                        EnrolledGatewayView(gateway: gateway, isOnline: core.central.isOnline(gateway))
                            .write(to: &json)
                    }
                    json.field("total_count", gateways.count)
                    json.field("packets_without_device", pending.packets)
                    json.field("devices_unknown", pending.devices)
                }
            }
        }
    }

    private var revoke: Route {
        Route(
            .delete, Self.one, "/v1/org/{org_id}/gateways/enrollments/{gateway_id}",
            access: .permitted(Permission(.keys, .write)), summary: "Revoke a gateway's enrollment",
            description: "At once. What it sent stays; it may be enrolled again, as another.",
            responses: [
                .init(
                    200, "Revoked",
                    .whole([.init("message", .text), .init("gateway_id", .text)]).example(
                        UpstreamExamples.revokedEnrollment))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let id = GatewayID(try call.parameter("gateway_id"))
            try await core.central.revoke(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "Enrollment successfully revoked")
                    $0.field("gateway_id", id.rawValue)
                }
            }
        }
    }
}

extension EnrollmentRoutes {
    private struct CarriedBody: Decodable {
        let envelope: Data

        static let schema = Schema.object(
            [.init("envelope", .text, "Base64, as the gateway's export has it")], required: ["envelope"])
    }

    private var take: Route {
        Route(
            .post, "/api/org/{org_id}/gateways/enrollments/{gateway_id}/batches",
            "/v1/org/{org_id}/gateways/enrollments/{gateway_id}/batches",
            access: .permitted(Permission(.packets, .write)), summary: "Take a batch that came by hand",
            description: "Sealed by the gateway. The same batch again changes nothing.",
            request: CarriedBody.schema.example(UpstreamExamples.carried),
            responses: [
                .init(
                    200, "Taken",
                    .whole([
                        .init("stored", .integer(minimum: 0), "Packets that were not here"),
                        .init("waiting_for_devices", .integer(minimum: 0)),
                        .init("conflicts", .integer(minimum: 0)),
                        .init("confirmed_sequence", .integer(minimum: 0)),
                    ]).example(UpstreamExamples.taken))
            ] + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CarriedBody.self)
            let receipt = try await core.central.take(
                envelope: Array(body.envelope), of: GatewayID(try call.parameter("gateway_id")),
                in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("stored", receipt.stored)
                    $0.field("waiting_for_devices", receipt.pending)
                    $0.field("conflicts", receipt.conflicts)
                    $0.field("confirmed_sequence", Int(receipt.received.mark))
                }
            }
        }
    }
}

/// One enrolled gateway as it is shown.
private struct EnrolledGatewayView {
    let gateway: EnrolledGateway
    let isOnline: Bool

    static let schema = Schema.whole([
        .init("gateway_id", .text), .init("name", .text), .init("created_at", .time),
        .init("enrolled_at", .nullable(.time)), .init("online", .boolean),
        .init("last_seen_at", .nullable(.time)), .init("version", .nullable(.text)),
        .init("clock", .nullable(.text), "none, saved, told or synchronised"),
        .init("packets_received", .integer(minimum: 0)), .init("conflicts", .integer(minimum: 0)),
        .init("rows_waiting", .nullable(.integer(minimum: 0)), "At the gateway"),
        .init("oldest_waiting_seconds", .nullable(.integer(minimum: 0))),
        .init(
            "rows_dropped", .nullable(.integer(minimum: 0)), "Dropped at the gateway before they were sent"),
        .init("unopened_frames", .nullable(.integer(minimum: 0))),
        .init("contradictions", .nullable(.integer(minimum: 0)), "New histories that the gateway began"),
        .init("registry_revision", .nullable(.integer(minimum: 0)), "In force at the gateway"),
        .init("settings_revision", .nullable(.integer(minimum: 0)), "In force at the gateway"),
        .init("uptime_seconds", .nullable(.integer(minimum: 0))),
        .init("disk_free_bytes", .nullable(.integer(minimum: 0))),
        .init("damaged", .nullable(.boolean), "Its database; the next start saves what can be read"),
        .init("rows_quarantined", .nullable(.integer(minimum: 0)), "They did not agree with their checksums"),
        .init("rows_discarded", .nullable(.integer(minimum: 0)), "By retention and limits, of any kind"),
        .init("radios", .array(radioSchema, maximum: GatewayReport.radioLimit)),
    ])

    private static let radioSchema = Schema.whole([
        .init("id", .text), .init("kind", .text), .init("silent_seconds", .integer(minimum: 0)),
        .init("received", .integer(minimum: 0)), .init("received_valid_crc", .nullable(.integer(minimum: 0))),
        .init("forwarded", .nullable(.integer(minimum: 0))),
        .init("downlinks_sent", .nullable(.integer(minimum: 0))),
        .init("acknowledged_percent", .nullable(.number)),
        .init("temperature", .nullable(.number), "Celsius"),
    ])

    func write(to json: inout JSONWriter) {
        let report = gateway.report
        json.object { json in
            json.field("gateway_id", gateway.id.rawValue)
            json.field("name", gateway.name)
            json.field("created_at", gateway.createdAt)
            json.field("enrolled_at", gateway.enrolledAt)
            json.field("online", isOnline)
            json.field("last_seen_at", gateway.lastSeen?.wall)
            json.field("version", report?.version)
            json.field("clock", report?.clock)
            json.field("packets_received", gateway.packets)
            json.field("conflicts", gateway.conflicts)
            json.field("rows_waiting", report?.waiting)
            json.field("oldest_waiting_seconds", report?.oldestWaitingSeconds)
            json.field("rows_dropped", report?.droppedUnsent)
            json.field("unopened_frames", report?.unopenedFrames)
            json.field("contradictions", report?.contradictions)
            json.field("registry_revision", report.map { Int($0.registryRevision) })
            json.field("settings_revision", report?.settingsRevision.map { Int($0) })
            json.field("uptime_seconds", report?.health?.uptimeSeconds)
            json.field("disk_free_bytes", report?.health?.freeBytes)
            json.field("damaged", report?.health?.isDamaged)
            json.field("rows_quarantined", report?.health?.quarantined)
            json.field("rows_discarded", report?.health?.discarded)
            json.array("radios", report?.radios ?? []) { json, radio in
                json.object {
                    $0.field("id", radio.id)
                    $0.field("kind", radio.kind)
                    $0.field("silent_seconds", radio.silentSeconds)
                    $0.field("received", radio.received)
                    $0.field("received_valid_crc", radio.receivedWithValidCRC)
                    $0.field("forwarded", radio.forwarded)
                    $0.field("downlinks_sent", radio.downlinksSent)
                    $0.field("acknowledged_percent", radio.acknowledgedPercent)
                    $0.field("temperature", radio.temperature)
                }
            }
        }
    }
}
