package import EdgeCore
package import EdgeHTTP
import EdgeModel

/// What gateways of this kind speak with their central.
package enum SyncDialect {
    package static func make(core: EdgeCore) -> Dialect {
        Dialect(
            name: "Holdfast Edge API", slug: "edge", prefixes: ["/api/v1/edge/"],
            routes: SyncRoutes(core: core).routes + RecordRoutes(core: core).routes,
            // Never reached: these routes have no caller whose requests are counted.
            limits: RateLimits(
                route: RateLimits.Bucket(perSecond: 1_000, capacity: 1_000),
                organization: RateLimits.Bucket(perSecond: 1_000, capacity: 1_000)),
            bearerScheme: "GatewayToken", bearerNote: "A gateway's device token, or its credential",
            errorSchema: errorSchema, errorBody: errorBody)
    }

    static let errorSchema = Schema.named(
        "EdgeError", .whole([.init("code", .text), .init("error", .text), .init("message", .text)]))

    static func errorBody(_ problem: Problem) -> JSONWriter {
        var json = JSONWriter()
        json.object {
            $0.field("code", problem.error.code.rawValue)
            $0.field("error", problem.error.message)
            $0.field("message", problem.error.message)
        }
        return json
    }
}
