import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Which of the two published shapes a response takes where both use one key for different types.
enum Shape {
    case reference
    case official

    /// Official under `/v1` and `/v2`, with `?shape=openapi`, or with the header `X-Hubble-Shape: openapi`.
    init(_ call: Call) {
        let isAsked =
            call.query["shape"] == "openapi"
            || HTTPField.Name("X-Hubble-Shape").flatMap { call.headers[$0] } == "openapi"
        self =
            isAsked || call.uriPath.hasPrefix("/v1/") || call.uriPath.hasPrefix("/v2/")
            ? .official : .reference
    }
}

extension JSONWriter {
    /// A time as text in the reference, as whole seconds since 1970 in the official shape.
    mutating func field(_ name: StaticString, _ time: Timestamp?, _ shape: Shape) {
        switch shape {
        case .reference: field(name, time)
        case .official: field(name, time?.wholeSeconds)
        }
    }
}

/// Responses that many routes have.
enum CommonResponses {
    static let error = Schema.named(
        "Error",
        .object(
            [
                .init("error", .text, "What is wrong, for people"), .init("message", .text, "The same"),
                .init("code", .integer(minimum: 400, maximum: 599), "The status"), .init("name", .text),
                .init("description", .text), .init("retry_after", .integer(minimum: 1), "Seconds"),
            ], required: ["error", "message", "code", "name", "description"]))

    /// Those that every route may give, and `statuses`.
    static func errors(_ statuses: Int...) -> [Route.Response] {
        Set([400, 401, 403, 404, 429, 500, 503] + statuses).sorted().map { status in
            Route.Response(status, note(status), error)
        }
    }

    private static func note(_ status: Int) -> String {
        switch status {
        case 400: "The request is not valid; the message says what"
        case 401: "No credential, or one that is not valid"
        case 403: "The credential does not allow it"
        case 404: "There is no such object in this organization"
        case 409: "It exists already, or cannot be in this state"
        case 413: "The body is larger than 10 MiB"
        case 429: "Too many requests"
        case 507: "The disk is full"
        case 503: "The gateway cannot answer now"
        default: "An error of the gateway"
        }
    }
}
