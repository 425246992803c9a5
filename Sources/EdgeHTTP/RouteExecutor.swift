import EdgeCore
import EdgeModel
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Runs one route: credential, rate, permission, body, handler, in this order, so that who may not
/// call costs as little as possible.
struct RouteExecutor: Sendable {
    let route: Route
    let dialect: Dialect
    let core: EdgeCore
    let limiter: RateLimiter
    let options: APIOptions

    /// Bytes that a body may have as it is sent, and after decompression.
    static let bodyLimit = 10 * 1024 * 1024
    static let inflatedLimit = 32 * 1024 * 1024

    func run(_ request: Request, _ context: APIContext) async throws -> Response {
        context.trace.update {
            $0.dialect = dialect
            $0.route = route.template
        }
        var path = try Self.path(context)
        let caller = try authenticate(request, context)
        // A caller of the central uses its name for the organization here, too.
        if let caller, let named = path["org_id"],
            core.authenticator.isName(OrganizationID(named), of: caller.organization)
        {
            path["org_id"] = caller.organization.rawValue
        }
        try await admit(
            caller, context, isContinuation: request.headers[.continuationToken]?.isEmpty == false)
        if let caller { try authorize(caller, path) }
        let uploader = try uploader(request, path)
        let enrolled = try enrolled(request)
        let call = Call(
            requestID: context.trace.current.requestID, uriPath: request.uri.path, path: path,
            query: try Self.query(request), headers: request.headers, authority: request.head.authority,
            body: try await body(of: request), caller: caller,
            origin: caller?.origin
                ?? Origin(
                    .nobody, address: context.remoteAddress?.ipAddress,
                    requestID: context.trace.current.requestID),
            uploader: uploader, enrolled: enrolled)
        if asksForWhatIsStored { await core.expectReading() }
        let reply = try await route.handler(call)
        return Response(reply)
    }

    /// What anybody may ask for is not worth a commit.
    private var asksForWhatIsStored: Bool {
        if case .open = route.access { return false }
        return [.get, .patch].contains(route.method) && route.resource != "Health"
    }

    private static func path(_ context: APIContext) throws -> [String: String] {
        var path: [String: String] = [:]
        for (name, value) in context.parameters {
            let isPlain = !value.utf8.contains(UInt8(ascii: "%"))
            guard let decoded = isPlain ? String(value) : value.removingPercentEncoding else {
                throw EdgeError.invalid("The path is not valid")
            }
            // A NUL would end the text for the database.
            guard !decoded.utf8.contains(0) else { throw EdgeError.invalid("The path has a NUL character") }
            path[String(name)] = decoded
        }
        return path
    }

    private static func query(_ request: Request) throws -> Query {
        let query = Query(form: request.uri.query ?? "")
        guard !query.hasNUL else { throw EdgeError.invalid("The query has a NUL character") }
        return query
    }

    private func authenticate(_ request: Request, _ context: APIContext) throws -> Principal? {
        switch route.access {
        case .open, .gateway, .enrolled: return nil
        case .local where context.isLoopback: return nil
        case .optional where Credentials(request.headers).isEmpty: return nil
        case .local, .member, .permitted, .optional: break
        }
        let principal = try Credentials(request.headers).authenticate(with: core.authenticator)
            .calling(from: context.remoteAddress?.ipAddress, requestID: context.trace.current.requestID)
        context.trace.update { $0.principal = principal }
        return principal
    }

    /// The gateway that calls, on a route for gateways.
    private func uploader(_ request: Request, _ path: [String: String]) throws -> UploadingGateway? {
        guard case .gateway = route.access else { return nil }
        guard let token = Credentials(request.headers).bearer else {
            throw EdgeError(.unauthenticated, "A device token is needed")
        }
        return try core.gateways.authenticate(token: token, as: GatewayID(path["gateway_id"] ?? ""))
    }

    /// The gateway that calls, on a route for those that are enrolled.
    private func enrolled(_ request: Request) throws -> EnrolledGateway? {
        guard case .enrolled = route.access else { return nil }
        guard let token = Credentials(request.headers).bearer else {
            throw EdgeError(.unauthenticated, "The gateway's credential is needed")
        }
        return try core.central.authenticate(token)
    }

    /// The longest that the next page of a list is held back rather than refused: the clients that
    /// page in a tight loop do not try again.
    private static let pacing = 2

    private func admit(_ caller: Principal?, _ context: APIContext, isContinuation: Bool) async throws {
        // An administrator at the machine itself is not to be kept waiting.
        let isExempt =
            !options.enforcesRateLimits || (context.isLoopback && caller?.key.isAdministrator == true)
        // What is never refused is counted apart, so that it takes nothing from those who are.
        let owner = (isExempt ? "exempt " : "") + (caller?.organization.rawValue ?? "")
        func take() -> RateLimiter.Standing {
            limiter.admit(
                owner: owner, route: route.template, limits: dialect.limits, at: core.clock.now(),
                isExempt: isExempt || caller == nil)
        }
        var standing = take()
        for _ in 0..<Self.pacing * 4 where isContinuation && standing.retryAfterSeconds != nil {
            try await Task.sleep(for: .milliseconds(250))
            standing = take()
        }
        context.trace.update { [standing] in $0.standing = standing }
        if standing.retryAfterSeconds != nil { throw EdgeError(.rateLimited, "Rate limit exceeded") }
    }

    private func authorize(_ caller: Principal, _ path: [String: String]) throws {
        if let organization = path["org_id"] {
            try caller.requireMembership(of: OrganizationID(organization))
        }
        switch route.access {
        case .permitted(let permission), .local(let permission): try caller.require(permission)
        case .open, .member, .optional, .gateway, .enrolled: break
        }
    }

    private func body(of request: Request) async throws -> ByteBuffer {
        guard route.request != nil else { return ByteBuffer() }
        do {
            let body = try await request.body.collect(upTo: Self.bodyLimit)
            switch request.headers[.contentEncoding]?.lowercased() {
            case nil, "", "identity": return body
            case "gzip", "x-gzip": return try Gzip.inflate(body, upTo: Self.inflatedLimit)
            default: throw EdgeError.invalid("Content-Encoding: only gzip is understood")
            }
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
            throw EdgeError(.tooLarge, "The body is larger than 10 MiB", cause: error)
        }
    }
}

/// The credentials that a request brings, in the order in which they are tried.
struct Credentials {
    private let tokens: [Substring]

    init(_ headers: HTTPFields) {
        var tokens: [Substring] = []
        if let name = HTTPField.Name("X-API-Key"), let key = headers[name] { tokens.append(key[...]) }
        if let authorization = headers[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            if parts.count == 2, parts[0].lowercased() == "bearer" { tokens.append(parts[1]) }
        }
        self.tokens = tokens.filter { $0.utf8.count <= 8_192 }
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// The token of the Authorization header, which stands last.
    var bearer: Substring? { tokens.last }

    /// The principal of the first credential that is good.
    func authenticate(with authenticator: Authenticator) throws -> Principal {
        guard !tokens.isEmpty else {
            throw EdgeError(.unauthenticated, "Missing credential: send Authorization: Bearer <token>")
        }
        for token in tokens {
            if let principal = try? authenticator.authenticate(token: token) { return principal }
        }
        throw EdgeError(.unauthenticated, "Invalid or expired token")
    }
}

extension Response {
    init(_ reply: Reply) {
        let status = HTTPResponse.Status(code: reply.status)
        switch reply.body {
        case .whole(let buffer):
            self.init(status: status, headers: reply.headers, body: ResponseBody(byteBuffer: buffer))
        case .pieces(let write):
            self.init(
                status: status, headers: reply.headers,
                body: ResponseBody { writer in
                    try await write { try await writer.write($0) }
                    try await writer.finish(nil)
                })
        }
    }
}
