package import EdgeCore
package import EdgeHTTP
import EdgeModel

/// The gateway API: what the official gateway software speaks to its cloud.
package enum GatewayDialect {
    package static func make(core: EdgeCore) -> Dialect {
        Dialect(
            name: "Hubble Gateway API", slug: "gateway",
            prefixes: ["/api/v1/gateways", "/api/v1/auth/refresh"],
            routes: GatewayRoutes(core: core).routes,
            // Never reached: these routes have no caller whose requests are counted.
            limits: RateLimits(
                route: RateLimits.Bucket(perSecond: 1_000, capacity: 1_000),
                organization: RateLimits.Bucket(perSecond: 1_000, capacity: 1_000)),
            bearerScheme: "GatewayToken", bearerNote: "A gateway's device token", errorSchema: errorSchema,
            errorBody: errorBody)
    }

    static let errorSchema = Schema.named(
        "GatewayError",
        .whole([
            .init("code", .text, "token_expired: renew the tokens"), .init("error", .text),
            .init("message", .text),
        ]))

    /// An object always, and `code` a text: the clients read both from it.
    static func errorBody(_ problem: Problem) -> JSONWriter {
        var json = JSONWriter()
        write(code: code(of: problem.error.code), problem.error.message, to: &json)
        return json
    }

    static func write(code: String, _ message: String, to json: inout JSONWriter) {
        json.object {
            $0.field("code", code)
            $0.field("error", message)
            $0.field("message", message)
        }
    }

    private static func code(of code: EdgeError.Code) -> String {
        switch code {
        case .invalid: "invalid_request"
        // The one code on which clients renew their tokens, whatever was wrong with the old one.
        case .unauthenticated: "token_expired"
        case .forbidden: "forbidden"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .conflict: "conflict"
        case .tooLarge: "payload_too_large"
        case .rateLimited: "rate_limited"
        case .internal: "internal_error"
        case .unavailable: "unavailable"
        case .storageFull: "storage_full"
        }
    }
}

/// What gateways are told to do: the values of the official service.
enum GatewayInstructions {
    static let schema = Schema.whole([
        .init("uploadIntervalMs", .integer(minimum: 60_000, maximum: 3_600_000)),
        .init("uploadBatchSize", .integer(minimum: 1, maximum: 500)),
        .init("dedupWindowMs", .integer(minimum: 5_000, maximum: 3_600_000)),
        .init("payloadServiceUuids", .array(.text, maximum: 8)),
    ])

    static func write(to json: inout JSONWriter) {
        json.object("config") { json in
            json.field("uploadIntervalMs", 60_000)
            json.field("uploadBatchSize", 500)
            json.field("dedupWindowMs", 300_000)
            json.array("payloadServiceUuids", ["FCA6"]) { $0.value($1) }
        }
    }
}
