import EdgeCore
import EdgeModel
import EdgeStore
package import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Around every request: its name, its errors in the words of its dialect, the headers that every
/// response has, its line in the request log.
struct RequestEnvelope: RouterMiddleware {
    typealias Context = APIContext

    let dialects: DialectTable
    let clock: EdgeClock
    let recorder: RequestRecorder
    let logger: Logger

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = clock.now()
        var generator = SystemRandomNumberGenerator()
        let id = RequestIdentifier.make(at: start.wall, using: &generator)
        context.trace.update { $0.requestID = id }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = self.response(to: error, request, context, id: id)
        }
        let findings = context.trace.current
        let clientID = request.headers[.requestID].flatMap(Self.visible)
        response.headers[.requestID] = clientID ?? id
        addRateHeaders(findings.standing, to: &response.headers, at: start.wall)
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        recorder.record(
            RequestRecord(
                id: id, at: start.wall, method: request.method.rawValue,
                path: String(request.uri.path.prefix(2_048)), route: findings.route,
                dialect: (findings.dialect ?? dialects.dialect(of: request.uri.path)).name,
                status: response.status.code, duration: clock.now().monotonic.since(start.monotonic),
                key: findings.principal?.key.id, organization: findings.principal?.organization,
                remoteAddress: context.remoteAddress?.ipAddress, clientRequestID: clientID,
                responseBytes: response.body.contentLength))
        return response
    }

    private func response(to thrown: any Error, _ request: Request, _ context: APIContext, id: String)
        -> Response
    {
        let error = Self.domainError(thrown)
        let findings = context.trace.current
        let dialect = findings.dialect ?? dialects.dialect(of: request.uri.path)
        let status = Problem.status(of: error.code)
        if status >= 500 {
            logger.error(
                "a request failed",
                metadata: ["request.id": "\(id)", "request.path": "\(request.uri.path)", "error": "\(error)"])
        }
        let problem = Problem(
            error: error, status: status, requestID: id,
            retryAfterSeconds: error.retryAfterSeconds ?? findings.standing?.retryAfterSeconds
                ?? (status >= 503 ? 5 : nil))
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if let seconds = problem.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        if let allowed = (thrown as? MethodNotAllowed)?.allowed { headers[.allow] = allowed }
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: dialect.errorBody(problem).buffer))
    }

    private static func domainError(_ error: any Error) -> EdgeError {
        switch error {
        case let error as EdgeError: return error
        case is MethodNotAllowed: return EdgeError(.methodNotAllowed, "Method not allowed")
        case let error as any HTTPResponseError:
            switch error.status.code {
            case 404: return EdgeError(.notFound, "Not found", cause: error)
            case 413: return EdgeError(.tooLarge, "The body is larger than 10 MiB", cause: error)
            case 400..<500: return EdgeError(.invalid, "The request is not valid", cause: error)
            default: return EdgeError(.internal, "Internal server error", cause: error)
            }
        default: return EdgeError(.internal, "Internal server error", cause: error)
        }
    }

    private func addRateHeaders(
        _ standing: RateLimiter.Standing?, to headers: inout HTTPFields, at now: Timestamp
    ) {
        let limit = standing?.limit ?? 3
        headers[.rateLimitLimit] = String(limit)
        headers[.rateLimitRemaining] = String(standing?.remaining ?? limit)
        headers[.rateLimitReset] = String(standing?.reset ?? now.seconds)
    }

    /// What a client may call its request: at most 128 visible ASCII characters.
    private static func visible(_ text: String) -> String? {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            ? text : nil
    }
}

/// A path that exists, and a method that it does not have.
struct MethodNotAllowed: Error {
    let allowed: String
}

extension HTTPField.Name {
    package static let requestID = known("X-Request-ID")
    package static let continuationToken = known("Continuation-Token")
    static let rateLimitLimit = known("X-RateLimit-Limit")
    static let rateLimitRemaining = known("X-RateLimit-Remaining")
    static let rateLimitReset = known("X-RateLimit-Reset")

    /// A name that is written in this program, and valid.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name: \(name)") }
        return name
    }
}
