package import EdgeModel
import HTTPTypes
import NIOCore

/// What one part of the gateway says of itself.
package struct HealthCheck: Sendable {
    package var name: String
    /// `connected`, `ok`, or what is wrong in a few words.
    package var state: String
    package var isGood: Bool
    /// The gateway cannot do its work without it.
    package var isVital: Bool

    package init(_ name: String, _ state: String, isGood: Bool, isVital: Bool) {
        self.name = name
        self.state = state
        self.isGood = isGood
        self.isVital = isVital
    }
}

/// What belongs to no contract in particular: health, metrics, the document of the API.
package struct SystemRoutes: Sendable {
    package let version: String
    package let clock: EdgeClock
    /// Asks every part how it is.
    package let checks: @Sendable () async -> [HealthCheck]
    /// The metrics in Prometheus' text format.
    package let metrics: @Sendable () async -> String
    /// The dialects to describe.
    package let dialects: [Dialect]

    package init(
        version: String, clock: EdgeClock, dialects: [Dialect],
        checks: @escaping @Sendable () async -> [HealthCheck], metrics: @escaping @Sendable () async -> String
    ) {
        self.version = version
        self.clock = clock
        self.dialects = dialects
        self.checks = checks
        self.metrics = metrics
    }

    /// These routes, with the errors of `other`.
    package func dialect(errorsAs other: Dialect) -> Dialect {
        let refusals = { (statuses: [Int]) in
            statuses.map { Route.Response($0, Self.note($0), other.errorSchema) }
        }
        let own = [health(refusals), live(refusals), ready(refusals), scrape(refusals)].about("Health")
        // Described first without documents to serve, so that the documents can describe it.
        let described = dialect(own + DocumentRoutes(documents: nil, dialects, refusals).routes, like: other)
        let documents = OpenAPIViews(dialects, everywhere: described, version: version)
        return dialect(own + DocumentRoutes(documents: documents, dialects, refusals).routes, like: other)
    }

    private func dialect(_ routes: [Route], like other: Dialect) -> Dialect {
        Dialect(
            name: "System", prefixes: ["/health", "/metrics", "/openapi", "/docs", "/redoc"], routes: routes,
            limits: other.limits, bearerScheme: other.bearerScheme, bearerNote: other.bearerNote,
            errorSchema: other.errorSchema,
            errorBody: other.errorBody)
    }

    private static func note(_ status: Int) -> String {
        switch status {
        case 400: "The request is not valid; the message says what"
        case 401: "No credential, or one that is not valid"
        case 403: "The credential does not allow it"
        case 429: "Too many requests"
        default: "An error of the gateway"
        }
    }

    typealias Refusals = ([Int]) -> [Route.Response]

    private static let healthSchema = Schema.object(
        [
            .init("status", .text), .init("timestamp", .time), .init("service", .text),
            .init("version", .text),
        ],
        required: ["status", "timestamp"]
    ).example(
        #"{"status":"healthy","timestamp":"2024-01-15T10:30:00Z","service":"holdfast","version":"0.1.0"}"#)

    private func health(_ refusals: Refusals) -> Route {
        Route(
            .get, "/health", access: .open, summary: "Say that the process answers",
            responses: [.init(200, "It does", Self.healthSchema)] + refusals([400])
        ) { _ in reply(200, status: "healthy") }
    }

    private func live(_ refusals: Refusals) -> Route {
        Route(
            .get, "/health/live", access: .open, summary: "Say that the process lives",
            responses: [.init(200, "It does", Self.healthSchema)] + refusals([400])
        ) { _ in reply(200, status: "alive") }
    }

    private func ready(_ refusals: Refusals) -> Route {
        let schema = Schema.object([
            .init("status", .string(values: ["ready", "not_ready"])), .init("timestamp", .time),
            .init("checks", .map(.text)),
        ]).example(
            #"{"status":"ready","timestamp":"2024-01-15T10:30:00Z","checks":{"database":"ok"}}"#)
        return Route(
            .get, "/health/ready", access: .open, summary: "Say whether packets are taken and stored",
            responses: [
                .init(200, "They are", schema), .init(503, "They are not; the checks say why", schema),
            ] + refusals([400])
        ) { _ in
            let checks = await checks()
            let isReady = checks.allSatisfy { $0.isGood || !$0.isVital }
            return .json(isReady ? 200 : 503) { json in
                json.object { json in
                    json.field("status", isReady ? "ready" : "not_ready")
                    json.field("timestamp", clock.now().wall)
                    json.object("checks") { json in
                        for check in checks {
                            json.key(dynamic: check.name)
                            json.value(check.state)
                        }
                    }
                }
            }
        }
    }

    private func reply(_ code: Int, status: String) -> Reply {
        .json(code) { json in
            json.object {
                $0.field("status", status)
                $0.field("timestamp", clock.now().wall)
                $0.field("service", "holdfast")
                $0.field("version", version)
            }
        }
    }

    private func scrape(_ refusals: Refusals) -> Route {
        Route(
            .get, "/metrics", access: .local(Permission(.metrics, .read)),
            summary: "Count what the gateway does",
            description: "Prometheus' text format. From this machine without a credential.",
            responses: [.init(200, "All series", .text, contentType: "text/plain")]
                + refusals([400, 401, 403, 429])
        ) { _ in
            .bytes(
                ByteBuffer(string: await metrics()), contentType: "text/plain; version=0.0.4; charset=utf-8")
        }
    }
}
