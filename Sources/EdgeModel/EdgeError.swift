/// The domain's error: what went wrong, for a caller who may not see the inside.
///
/// Knows no HTTP: each dialect maps `code` in one function. `message` goes to the client;
/// `cause` goes to the log only.
package struct EdgeError: Error, CustomStringConvertible {
    package enum Code: String, CaseIterable, Sendable {
        case invalid
        case unauthenticated
        case forbidden
        case notFound
        case conflict
        case tooLarge
        case rateLimited
        case methodNotAllowed
        case storageFull
        case unavailable
        case `internal`
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    /// Whole seconds after which another try may succeed, where that is known.
    package let retryAfterSeconds: Int?

    package init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// One line, whatever the cause says.
    package var description: String {
        guard let cause else { return "\(code.rawValue): \(message)" }
        let reason = "\(cause)".split { $0.isNewline }.joined(separator: " ")
        return "\(code.rawValue): \(message) (\(reason))"
    }

    package static func invalid(_ message: String) -> EdgeError { EdgeError(.invalid, message) }
    package static func notFound(_ message: String) -> EdgeError { EdgeError(.notFound, message) }
}
