package import EdgeModel

/// One published contract: its routes, how it says that something went wrong, how much it lets
/// through.
package struct Dialect: Sendable {
    package let name: String
    /// Its name in addresses, `hubble`: of its view of the document, and in host names that ask for that
    /// view. Nil for what belongs to every view.
    package let slug: String?
    /// Paths that begin so are this dialect's, also those that do not exist.
    package let prefixes: [String]
    package var routes: [Route]
    package let limits: RateLimits
    /// What the document calls this dialect's bearer tokens.
    package let bearerScheme: String
    /// What these are.
    package let bearerNote: String
    /// The shape of an error response.
    package let errorSchema: Schema
    /// The body of an error response.
    package let errorBody: @Sendable (Problem) -> JSONWriter

    /// What the document calls the key in `X-API-Key`, which all dialects take.
    static let keyScheme = "ApiKeyHeader"

    package init(
        name: String, slug: String? = nil, prefixes: [String], routes: [Route], limits: RateLimits,
        bearerScheme: String, bearerNote: String = "A key's token, or a session's", errorSchema: Schema,
        errorBody: @escaping @Sendable (Problem) -> JSONWriter
    ) {
        self.name = name
        self.slug = slug
        self.bearerScheme = bearerScheme
        self.bearerNote = bearerNote
        self.errorSchema = errorSchema
        self.prefixes = prefixes
        self.routes = routes
        self.limits = limits
        self.errorBody = errorBody
    }
}

/// What an error response says.
package struct Problem: Sendable {
    package let error: EdgeError
    package let status: Int
    package let requestID: String
    /// Whole seconds, at least 1, when trying again may help.
    package let retryAfterSeconds: Int?

    /// The status of each kind of error.
    static func status(of code: EdgeError.Code) -> Int {
        switch code {
        case .invalid: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .tooLarge: 413
        case .rateLimited: 429
        case .internal: 500
        case .unavailable: 503
        case .storageFull: 507
        }
    }
}
