package import EdgeCore
import EdgeModel
import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore

/// What the operator may choose about the API.
package struct APIOptions: Sendable {
    package var host: String
    /// 0 for any free port.
    package var port: Int
    package var enforcesRateLimits = true

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Puts dialects behind one HTTP/1.1 server.
package struct APIServer {
    /// Connections at once; more are left waiting in the backlog.
    static let connectionLimit = 1_024
    /// A connection on which nothing moves is closed after this long.
    static let idleTimeout = TimeAmount.seconds(75)

    package let options: APIOptions
    package let core: EdgeCore
    package let dialects: [Dialect]
    /// Whose errors paths get that belong to no dialect.
    package let fallback: Dialect
    package let recorder: RequestRecorder
    package let logger: Logger

    package init(
        options: APIOptions, core: EdgeCore, dialects: [Dialect], fallback: Dialect,
        recorder: RequestRecorder, logger: Logger
    ) {
        self.options = options
        self.core = core
        self.dialects = dialects
        self.fallback = fallback
        self.recorder = recorder
        self.logger = logger
    }

    /// The service that listens and answers. `listening` is called with the address in force; `preparing`
    /// with each connection, before HTTP is put on it.
    package func application(
        preparing: ConnectionPreparation? = nil, listening: @escaping @Sendable (SocketAddress?) async -> Void
    ) -> Application<RouterResponder<APIContext>> {
        Application(
            responder: router().buildResponder(),
            server: Self.server(preparing),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "holdfast",
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { channel in await listening(channel.localAddress) },
            logger: serverLogger)
    }

    private static func server(_ preparing: ConnectionPreparation?) -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(idleTimeout: idleTimeout)
        guard let preparing else { return .http1(configuration: configuration) }
        return HTTPServerBuilder { responder in
            PreparedChannel(
                http: HTTP1Channel(responder: responder, configuration: configuration), prepare: preparing)
        }
    }

    /// What the server says of its own normal life is ours to say.
    private var serverLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.middlewares.add(
            RequestEnvelope(
                dialects: DialectTable(dialects, fallback: fallback), clock: core.clock, recorder: recorder,
                logger: logger))
        let limiter = RateLimiter()
        var methods: [String: Set<HTTPRequest.Method>] = [:]
        for dialect in dialects + [fallback] {
            for route in dialect.routes {
                let executor = RouteExecutor(
                    route: route, dialect: dialect, core: core, limiter: limiter, options: options)
                for path in route.paths {
                    methods[path, default: []].insert(route.method)
                    router.on(RouterPath(path), method: route.method) { request, context in
                        try await executor.run(request, context)
                    }
                }
            }
        }
        for (path, known) in methods { refuseOthers(path, known, router) }
        return router
    }

    /// The methods that HTTP has for resources; OPTIONS and HEAD are answered for themselves.
    private static let methods =
        [.get, .post, .put, .patch, .delete, .trace] + [HTTPRequest.Method("QUERY")].compactMap(\.self)

    /// Answers the methods that a path does not have with those that it has.
    private func refuseOthers(_ path: String, _ known: Set<HTTPRequest.Method>, _ router: Router<APIContext>)
    {
        var allowed = known.map(\.rawValue) + ["OPTIONS"]
        if known.contains(.get) { allowed.append("HEAD") }
        let list = allowed.sorted().joined(separator: ", ")
        for method in Self.methods where !known.contains(method) {
            router.on(RouterPath(path), method: method) { _, _ -> Response in
                throw MethodNotAllowed(allowed: list)
            }
        }
        router.on(RouterPath(path), method: .options) { _, _ in
            Response(status: .noContent, headers: [.allow: list])
        }
    }
}
