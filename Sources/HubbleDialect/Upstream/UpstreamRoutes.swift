import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import HTTPTypes

/// A gateway's side: the centrals that it sends to.
struct UpstreamRoutes {
    let core: EdgeCore

    var routes: [Route] { [enroll, list, change, remove, export].about("Upstreams") }

    private static let all = "/api/org/{org_id}/upstreams"
    private static let one = "/api/org/{org_id}/upstreams/{upstream_id}"

    private struct EnrollBody: Decodable {
        let url: String
        let code: String?
        let sdkKey: String?
        let deviceID: String?
        let pin: String?

        enum CodingKeys: String, CodingKey {
            case url, code, pin
            case sdkKey = "sdk_key"
            case deviceID = "device_id"
        }

        static let schema = Schema.object(
            [
                .init("url", .text, "https, or http within the own network"),
                .init("code", .nullable(.text), "Of a holdfast central"),
                .init(
                    "sdk_key", .nullable(.text),
                    "In place of the code: of a service that speaks the Hubble gateway API"),
                .init(
                    "device_id", .nullable(.text),
                    "What this gateway calls itself there, 128 characters; without it, a new identifier"),
                .init(
                    "pin", .nullable(.text),
                    "SHA-256 of the public key that the central must prove, 64 hexadecimal digits"),
            ], required: ["url"])

        func pinBytes() throws -> [UInt8]? {
            guard let pin else { return nil }
            let digits = pin.utf8.compactMap { hexadecimalValue($0) }
            guard digits.count == 64, pin.utf8.count == 64 else {
                throw EdgeError.invalid("pin: 64 hexadecimal digits are expected")
            }
            return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }

    private var enroll: Route {
        Route(
            .post, Self.all, "/v1/org/{org_id}/upstreams",
            access: .permitted(Permission(.organization, .write)), summary: "Enroll with a central",
            description: """
                With a code that a holdfast central made, or with an SDK key: then over the Hubble gateway \
                API. From now on the organization's packets go there, those that are stored already too. Over \
                the Hubble gateway API that is what Hubble devices sent, as it was heard, opened here or not.
                """,
            request: EnrollBody.schema.example(UpstreamExamples.enroll),
            responses: [.init(201, "Enrolled", UpstreamView.schema.example(UpstreamExamples.upstream))]
                + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: EnrollBody.self)
            let made = try await add(body, call)
            let view = UpstreamView(made.upstream, made.status, at: core.clock.now().wall)
            return .json(201) { view.write(to: &$0) }
        }
    }

    private func add(_ body: EnrollBody, _ call: Call) async throws -> Upstreams.Shown {
        switch (body.code, body.sdkKey) {
        case (let code?, nil):
            try await core.upstreams.enroll(
                url: body.url, code: code, pin: body.pinBytes(), for: call.organization, by: call.origin)
        case (nil, let sdkKey?):
            try await core.upstreams.addHubble(
                url: body.url, sdkKey: sdkKey, deviceID: body.deviceID, pin: body.pinBytes(),
                for: call.organization, by: call.origin)
        default: throw EdgeError.invalid("Either code or sdk_key is expected")
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, "/v1/org/{org_id}/upstreams",
            access: .permitted(Permission(.organization, .read)), summary: "List upstreams",
            responses: [
                .init(
                    200, "All of them",
                    .whole([.init("upstreams", .array(UpstreamView.schema, maximum: Upstreams.limit))])
                        .example(UpstreamExamples.upstreams))
            ] + CommonResponses.errors()
        ) { [core] call in
            let list = try await core.upstreams.list(call.organization)
            let now = core.clock.now().wall
            return .json { json in
                json.object { json in
                    json.array("upstreams", list) {
                        UpstreamView($1.upstream, $1.status, at: now).write(to: &$0)
                    }
                }
            }
        }
    }

    private struct ChangeBody: Decodable {
        let paused: Bool?
        let rawFrames: Bool?

        enum CodingKeys: String, CodingKey {
            case paused
            case rawFrames = "raw_frames"
        }

        static let schema = Schema.object([
            .init("paused", .boolean),
            .init("raw_frames", .boolean, "Frames that no key opens go up, too"),
        ])
    }

    private var change: Route {
        Route(
            .patch, Self.one, "/v1/org/{org_id}/upstreams/{upstream_id}",
            access: .permitted(Permission(.organization, .write)),
            summary: "Pause, resume or change an upstream",
            request: ChangeBody.schema.example(#"{"paused":true}"#),
            responses: [.init(200, "As it is now", UpstreamView.schema.example(UpstreamExamples.upstream))]
                + CommonResponses.errors(400, 404, 413, 507)
        ) { [core] call in
            let body = try call.json(as: ChangeBody.self)
            let (id, organization) = (UpstreamID(try call.parameter("upstream_id")), try call.organization)
            var changed = try await core.upstreams.list(organization).first { $0.upstream.id == id }
            if let sends = body.rawFrames {
                changed = try await core.upstreams.setSendsRawFrames(
                    sends, id, in: organization, by: call.origin)
            }
            if let paused = body.paused {
                changed = try await core.upstreams.setPaused(paused, id, in: organization, by: call.origin)
            }
            guard let changed else { throw EdgeError.notFound("Upstream not found") }
            guard body.rawFrames != nil || body.paused != nil else {
                throw EdgeError.invalid("paused or raw_frames is expected")
            }
            let view = UpstreamView(changed.upstream, changed.status, at: core.clock.now().wall)
            return .json { view.write(to: &$0) }
        }
    }

    private var remove: Route {
        Route(
            .delete, Self.one, "/v1/org/{org_id}/upstreams/{upstream_id}",
            access: .permitted(Permission(.organization, .write)), summary: "Remove an upstream",
            description: "Nothing is sent there any more. What was sent stays there.",
            responses: [
                .init(
                    200, "Removed",
                    .whole([.init("message", .text), .init("upstream_id", .text)]).example(
                        UpstreamExamples.removed))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let id = UpstreamID(try call.parameter("upstream_id"))
            try await core.upstreams.remove(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "Upstream successfully removed")
                    $0.field("upstream_id", id.rawValue)
                }
            }
        }
    }
}

extension UpstreamRoutes {
    private var export: Route {
        Route(
            .get, "/api/org/{org_id}/upstreams/{upstream_id}/export",
            "/v1/org/{org_id}/upstreams/{upstream_id}/export",
            access: .permitted(Permission(.packets, .read)),
            summary: "Read a batch that is carried to the central by hand",
            description: """
                The next of the packets that the central has not confirmed, sealed to it. The envelope is \
                null when there are no more.
                """,
            parameters: [
                Parameter("after", .integer(minimum: 0), "What the batch before has as through")
            ],
            responses: [
                .init(
                    200, "A batch",
                    .whole([
                        .init("gateway_id", .text), .init("envelope", .nullable(.text), "Base64"),
                        .init("packets", .integer(minimum: 0)), .init("through", .integer(minimum: 0)),
                    ]).example(UpstreamExamples.exported))
            ] + CommonResponses.errors(404)
        ) { [core] call in
            let id = UpstreamID(try call.parameter("upstream_id"))
            let organization = try call.organization
            let after = try call.query.integer("after", minimum: 0, maximum: .max - 1) ?? 0
            let known = try await core.upstreams.list(organization).first { $0.upstream.id == id }
            guard let known else { throw EdgeError.notFound("Upstream not found") }
            let batch = try await core.upstreams.export(id, after: Int64(after), in: organization)
            return .json(size: 65_536) { json in
                json.object {
                    $0.field("gateway_id", known.upstream.gateway.rawValue)
                    $0.field("envelope", batch.map { Data($0.envelope).base64EncodedString() })
                    $0.field("packets", batch?.packets ?? 0)
                    $0.field("through", batch.map { Int($0.through) } ?? after)
                }
            }
        }
    }
}

/// One upstream as it is shown: never its credential.
struct UpstreamView {
    private let upstream: Upstream
    private let status: UpstreamStatus
    private let now: Timestamp

    init(_ upstream: Upstream, _ status: UpstreamStatus, at now: Timestamp) {
        self.upstream = upstream
        self.status = status
        self.now = now
    }

    static let schema = Schema.whole([
        .init("upstream_id", .text), .init("kind", .text, "holdfast or hubble-gateway"),
        .init("url", .text), .init("gateway_id", .text),
        .init("state", .text, "starting, connected, failing, paused or refused"),
        .init("rows_waiting", .integer(minimum: 0)),
        .init("oldest_waiting_seconds", .nullable(.integer(minimum: 0))),
        .init("drain_seconds", .nullable(.integer(minimum: 0)), "At the rate of late; null while unknown"),
        .init("confirmed_sequence", .integer(minimum: 0), "Everything up to here has arrived"),
        .init("last_sequence", .integer(minimum: 0)), .init("last_contact_at", .nullable(.time)),
        .init("last_error", .nullable(.text)), .init("packets_sent", .integer(minimum: 0)),
        .init("bytes_sent", .integer(minimum: 0)),
        .init("rows_refused", .integer(minimum: 0), "Not taken there, and not sent again; since the start"),
        .init("contradictions", .integer(minimum: 0), "Times that the central had another history"),
        .init("registry_revision", .integer(minimum: 0)),
        .init("settings_revision", .integer(minimum: 0)),
        .init("raw_frames", .boolean, "Frames that no key opens go up, too"), .init("created_at", .time),
        .init("pin", .nullable(.text), "SHA-256 of the central's public key"),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("upstream_id", upstream.id.rawValue)
            json.field("kind", upstream.kind.rawValue)
            json.field("url", upstream.url)
            json.field("gateway_id", upstream.gateway.rawValue)
            json.field("state", status.state.rawValue)
            json.field("rows_waiting", status.waiting)
            json.field(
                "oldest_waiting_seconds", status.oldestWaiting.map { max(0, Int(now.seconds - $0.seconds)) })
            json.field("drain_seconds", status.drainSeconds)
            json.field("confirmed_sequence", Int(status.mark))
            json.field("last_sequence", Int(status.lastSequence))
            json.field("last_contact_at", status.contactAt?.wall ?? upstream.confirmedAt)
            json.field("last_error", status.failure)
            json.field("packets_sent", status.packetsSent)
            json.field("bytes_sent", status.bytesSent)
            json.field("rows_refused", status.rowsRefused)
            json.field("contradictions", status.contradictions)
            json.field("registry_revision", Int(status.registryRevision))
            json.field("settings_revision", Int(upstream.settings.revision))
            json.field("raw_frames", upstream.sendsRawFrames)
            json.field("created_at", upstream.createdAt)
            json.field("pin", upstream.pin?.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }
}
