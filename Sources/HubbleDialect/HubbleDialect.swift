package import EdgeCore
package import EdgeHTTP
import EdgeModel

/// The Hubble Cloud API: the reference's shapes, and the official clients' at the same paths.
package enum HubbleDialect {
    package static func make(core: EdgeCore, metrics: Metrics) -> Dialect {
        var dialect = Dialect(
            name: "Hubble Cloud API", slug: "hubble",
            prefixes: [
                "/api/org/", "/api/v2/org/", "/api/webhook/", "/v1/org/", "/v2/org/", "/v1/webhook/",
                "/api/invitations/", "/invitations/", "/api/v1/auth/",
            ],
            routes: KeyRoutes(core: core).routes + DeviceRoutes(core: core).routes
                + DeviceChangeRoutes(core: core).routes + DeviceTableRoutes(core: core).routes
                + DeviceProfileRoutes(core: core).routes
                + CodecRoutes(core: core).routes + AlertRoutes(core: core).routes
                + StationRoutes(core: core).routes
                + PacketRoutes(core: core).routes
                + MetricsRoutes(metrics: metrics).routes
                + OrganizationRoutes(core: core).routes + UserRoutes(core: core).routes
                + InvitationRoutes(core: core).routes + AcceptRoutes(core: core).routes
                + SessionRoutes(core: core).routes + AuditRoutes(core: core).routes
                + PacketUploadRoutes(core: core).routes + GatewayListRoutes(core: core).routes
                + TestBatchRoutes(core: core).routes + ClockRoutes(core: core).routes
                + DownlinkRoutes(core: core).routes + ActivationRoutes(core: core).routes
                + CommandRoutes(core: core).routes
                + EnrollmentRoutes(core: core).routes + GatewayAuditRoutes(core: core).routes
                + UpstreamRoutes(core: core).routes
                + WebhookRoutes(core: core).routes + BillingRoutes(core: core).routes,
            limits: RateLimits(
                route: RateLimits.Bucket(perSecond: 3, capacity: 10),
                organization: RateLimits.Bucket(perSecond: 15, capacity: 15)),
            bearerScheme: "HubbleBearer", errorSchema: CommonResponses.error, errorBody: errorBody)
        dialect.routes = WhenToUse.told(by: dialect.routes)
        return dialect
    }

    /// `error` as the reference has it; `code`, `name` and `description` as the official schema has
    /// them; `message` for clients that look there.
    package static func errorBody(_ problem: Problem) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.field("error", problem.error.message)
            json.field("message", problem.error.message)
            json.field("code", problem.status)
            json.field("name", name(of: problem.error.code))
            json.field("description", problem.error.message)
            if problem.error.code == .rateLimited, let seconds = problem.retryAfterSeconds {
                json.field("retry_after", seconds)
            }
        }
        return json
    }

    private static func name(of code: EdgeError.Code) -> String {
        switch code {
        case .invalid: "Bad Request"
        case .unauthenticated: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .conflict: "Conflict"
        case .tooLarge: "Content Too Large"
        case .rateLimited: "Too Many Requests"
        case .internal: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        case .storageFull: "Insufficient Storage"
        }
    }
}
