import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import HTTPTypes
import NIOCore
import SyncProtocol

/// Enrollment, reports and batches of gateways, at a central.
struct SyncRoutes {
    let core: EdgeCore

    var routes: [Route] {
        [enroll, report, batches, fingerprints, settings, registry, operations, sessions].about(
            "Store and forward")
    }

    /// Those that every route may give, and `statuses`.
    static func errors(_ statuses: Int...) -> [Route.Response] {
        Set([400, 401, 413, 500, 503, 507] + statuses).sorted().map {
            Route.Response($0, "The message says what is wrong", SyncDialect.errorSchema)
        }
    }

    private struct EnrollBody: Decodable {
        let code: String
        let publicKey: Data

        private enum CodingKeys: String, CodingKey {
            case code
            case publicKey = "public_key"
        }

        static let schema = Schema.object(
            [.init("code", .text), .init("public_key", .text, "X25519, in Base64")],
            required: ["code", "public_key"])
    }

    private var enroll: Route {
        Route(
            .post, "/api/v1/edge/enroll", access: .open, summary: "Enroll a gateway",
            description: """
                With a code that the organization made. It is good for a quarter of an hour, and for the first \
                public_key that comes with it: sent again with that key it gives a new credential, and the \
                one before is not good any more.
                """,
            request: EnrollBody.schema.example(SyncExamples.enroll),
            responses: [
                .init(
                    201, "Enrolled; the credential is in this response and nowhere else",
                    .whole([
                        .init("gateway_id", .text), .init("name", .text), .init("credential", .text),
                        .init("public_key", .text, "What operations are sealed to: X25519, in Base64"),
                    ])
                    .example(SyncExamples.enrolled))
            ] + Self.errors(409)
        ) { [core] call in
            let body = try call.json(as: EnrollBody.self)
            let admission = try await core.central.enroll(
                code: body.code, publicKey: Array(body.publicKey), from: call.origin)
            let key = Data(try SealedEnvelope.publicKey(of: core.central.privateKey))
            return .json(201) { json in
                json.object {
                    $0.field("gateway_id", admission.gateway.id.rawValue)
                    $0.field("name", admission.gateway.name)
                    $0.field("credential", admission.credential)
                    $0.field("public_key", key.base64EncodedString())
                }
            }
        }
    }

    private var report: Route {
        Route(
            .put, "/api/v1/edge/status", access: .enrolled, summary: "Say how a gateway is",
            description: """
                The answer says what has arrived of the history that \
                the report names.
                """,
            request: SyncSchemas.report.example(SyncExamples.report),
            responses: [.init(200, "What has arrived", SyncSchemas.answer.example(SyncExamples.answer))]
                + Self.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let report = try call.json(as: GatewayReport.self)
            return try Self.reply(try await core.central.report(report, of: gateway))
        }
    }

    private var batches: Route {
        Route(
            .post, "/api/v1/edge/batches", access: .enrolled, summary: "Send a batch of packets",
            description: """
                At most 500 rows, taken wholly or not at \
                all; what is confirmed is on the disk. The same batch again changes nothing.
                """,
            request: SyncSchemas.batch.example(SyncExamples.batch),
            responses: [.init(200, "What has arrived", SyncSchemas.answer.example(SyncExamples.answer))]
                + Self.errors(409)
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let batch: SyncBatch
            do {
                batch = try BatchFormat.decode(Array(call.body.readableBytesView))
            } catch {
                throw EdgeError(.invalid, "The batch is not valid: \(error)", cause: error)
            }
            return try Self.reply(try await core.central.receive(batch, from: gateway))
        }
    }

    private var fingerprints: Route {
        Route(
            .get, "/api/v1/edge/fingerprints", access: .enrolled, summary: "Read what arrived of a history",
            description: """
                The first sequence number that is not \
                forgotten in eight bytes, then four bytes for each row, 0 where there is none.
                """,
            parameters: [
                Parameter("epoch", .text, "The history"),
                Parameter("first", .integer(minimum: 1), "Sequence number"),
                Parameter(
                    "last", .integer(minimum: 1),
                    "Sequence number; at most \(SyncFingerprints.limit) from the first"),
            ],
            responses: [
                .init(
                    200, "The fingerprints", .text, contentType: FingerprintFormat.contentType)
            ] + Self.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            guard let epoch = call.query["epoch"].flatMap({ UniqueID($0) }) else {
                throw EdgeError.invalid("epoch is not an identifier")
            }
            let first = try call.query.integer("first", minimum: 1, maximum: .max - 1) ?? 1
            let last = try call.query.integer("last", minimum: 1, maximum: .max - 1) ?? first
            guard last >= first else { throw EdgeError.invalid("last must be at least first") }
            let found = try await core.central.fingerprints(
                Int64(first)...Int64(last), of: epoch, from: gateway)
            return .bytes(
                ByteBuffer(bytes: FingerprintFormat.encode(found)), contentType: FingerprintFormat.contentType
            )
        }
    }

    private var registry: Route {
        Route(
            .get, "/api/v1/edge/registry", access: .enrolled, summary: "Read changes of the registry",
            description: """
                Devices in the order of their changes, \
                with their keys, sealed to the gateway (HPKE, authenticated).
                """,
            parameters: [
                Parameter("after", .integer(minimum: 0), "The revision that is in force"),
                Parameter("format", .integer(minimum: 1), "2: with profiles and codecs of devices"),
            ],
            responses: [.init(200, "A page", .text, contentType: SealedEnvelope.contentType)]
                + Self.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let after = try call.query.integer("after", minimum: 0, maximum: .max) ?? 0
            let format = try call.query.integer("format", minimum: 1, maximum: .max) ?? 1
            var page = try await core.central.registry(after: Int64(after), for: gateway)
            if format < 2 { page = page.inFirstFormat() }
            let sealed = try SealedEnvelope.seal(
                Array(try JSONEncoder().encode(page)), to: gateway.publicKey,
                from: core.central.privateKey, purpose: SyncPurpose.registry)
            return .bytes(ByteBuffer(bytes: sealed), contentType: SealedEnvelope.contentType)
        }
    }

    private var settings: Route {
        Route(
            .get, "/api/v1/edge/settings", access: .enrolled, summary: "Read changes of the settings",
            description: """
                What the organization says of itself, codecs, device profiles, API keys and users by their \
                hashes, and webhooks that gateways deliver, in the order of their changes, sealed to the \
                gateway (HPKE, authenticated).
                """,
            parameters: [Parameter("after", .integer(minimum: 0), "The revision that is in force")],
            responses: [.init(200, "A page", .text, contentType: SealedEnvelope.contentType)]
                + Self.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let after = try call.query.integer("after", minimum: 0, maximum: .max) ?? 0
            let page = try await core.central.settings(after: Int64(after), for: gateway)
            let sealed = try SealedEnvelope.seal(
                Array(try JSONEncoder().encode(page)), to: gateway.publicKey,
                from: core.central.privateKey, purpose: SyncPurpose.settings)
            return .bytes(ByteBuffer(bytes: sealed), contentType: SealedEnvelope.contentType)
        }
    }

    private var operations: Route {
        Route(
            .post, "/api/v1/edge/operations", access: .enrolled, summary: "Merge changes made on a gateway",
            description: """
                Sealed to the central. A field that was \
                changed at the central too keeps the central's value, and the audit log says so. The same \
                operation again changes nothing.
                """,
            request: SyncSchemas.batch.example(SyncExamples.batch),
            responses: [
                .init(
                    200, "Merged",
                    .whole([.init("message", .text), .init("operations", .integer(minimum: 0))]).example(
                        SyncExamples.merged))
            ] + Self.errors(409)
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let content = try SealedEnvelope.open(
                Array(call.body.readableBytesView), by: core.central.privateKey, from: gateway.publicKey,
                purpose: SyncPurpose.operations)
            guard
                let operations = try? JSONDecoder().decode([RegistryOperation].self, from: Data(content))
            else { throw EdgeError.invalid("The operations cannot be read") }
            try await core.central.merge(operations, from: gateway)
            return .json { json in
                json.object {
                    $0.field("message", "Merged")
                    $0.field("operations", operations.count)
                }
            }
        }
    }

    private var sessions: Route {
        Route(
            .post, "/api/v1/edge/sessions", access: .enrolled, summary: "Exchange LoRaWAN sessions",
            description: """
                Brings the sessions that the gateway answers and those of others that it hears; the answer \
                says who sends, with which downlink counters, and has the sessions of others. Sealed both \
                ways (HPKE, authenticated).
                """,
            request: SyncSchemas.batch.example(SyncExamples.batch),
            responses: [.init(200, "Sessions of others", .text, contentType: SealedEnvelope.contentType)]
                + Self.errors()
        ) { [core] call in
            let gateway = try call.enrolledGateway
            let content = try SealedEnvelope.open(
                Array(call.body.readableBytesView), by: core.central.privateKey, from: gateway.publicKey,
                purpose: SyncPurpose.sessions)
            guard let request = try? JSONDecoder().decode(SessionExchange.self, from: Data(content)) else {
                throw EdgeError.invalid("The sessions cannot be read")
            }
            let answer = try await core.central.exchange(request, from: gateway)
            let sealed = try SealedEnvelope.seal(
                Array(try JSONEncoder().encode(answer)), to: gateway.publicKey,
                from: core.central.privateKey, purpose: SyncPurpose.sessions)
            return .bytes(ByteBuffer(bytes: sealed), contentType: SealedEnvelope.contentType)
        }
    }

    private static func reply(_ answer: SyncAnswer) throws -> Reply {
        .bytes(
            ByteBuffer(bytes: Array(try JSONEncoder().encode(answer))),
            contentType: "application/json; charset=utf-8")
    }
}
