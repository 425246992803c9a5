import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Logging in and out.
struct SessionRoutes {
    let core: EdgeCore

    var routes: [Route] { [logIn, logOut].about("Sessions") }

    private struct LoginBody: Decodable {
        let email: String
        let password: String
        let organization: String?

        enum CodingKeys: String, CodingKey {
            case email, password
            case organization = "organization_id"
        }

        static let schema = Schema.object(
            [
                .init("email", .string(format: "email")),
                .init("password", .characters(0...PasswordRule.lengths.upperBound)),
                .init("organization_id", .text, "The one joined first by default"),
            ], required: ["email", "password"])
    }

    private var logIn: Route {
        let schema = Schema.object(
            [
                .init("access_token", .text), .init("token_type", .string(values: ["Bearer"])),
                .init("expires_in", .integer(minimum: 0), "Seconds"), .init("expires_at", .time),
                .init("organization_id", .text), .init("role", Role.schema), .init("user_id", .text),
                .init("email", .text), .init("name", .text), .init("scopes", .array(.text)),
            ], required: ["access_token", "token_type", "expires_in", "organization_id", "role"])
        return Route(
            .post, "/api/v1/auth/login", access: .open, summary: "Log in",
            description: "At most 10 failures a minute for one account and from one address.",
            request: LoginBody.schema.example(PeopleExamples.logIn),
            responses: [.init(200, "A session", schema.example(PeopleExamples.session))]
                + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            let body = try call.json(as: LoginBody.self)
            let session = try await core.sessions.logIn(
                email: body.email, password: body.password,
                organization: body.organization.map(OrganizationID.init), from: call.origin)
            return .json { json in
                json.object { json in
                    json.field("access_token", session.token)
                    json.field("token_type", "Bearer")
                    json.field("expires_in", Int(Sessions.lifetime.components.seconds))
                    json.field("expires_at", session.key.expiresAt)
                    json.field("organization_id", session.key.organization.rawValue)
                    json.field("role", session.role.rawValue)
                    json.field("user_id", session.account.id.rawValue)
                    json.field("email", session.account.email.text)
                    json.field("name", session.account.name.full)
                    json.array("scopes", Scope.names(for: session.key.permissions)) { $0.value($1) }
                }
            }
        }
    }

    private var logOut: Route {
        Route(
            .post, "/api/v1/auth/logout", access: .member, summary: "Log out",
            description: "Ends the session that makes the request.",
            responses: [
                .init(200, "Ended", .whole([.init("message", .text)]).example(PeopleExamples.loggedOut))
            ]
                + CommonResponses.errors(400, 507)
        ) { [core] call in
            try await core.sessions.logOut(call.principal)
            return .json { json in json.object { $0.field("message", "Logged out") } }
        }
    }
}
