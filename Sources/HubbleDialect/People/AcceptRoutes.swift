import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// The way in for who was invited: the page behind the link, and what it posts.
struct AcceptRoutes {
    let core: EdgeCore

    var routes: [Route] { [page, accept].about("Invitations") }

    static let path = "/invitations/accept"

    private var page: Route {
        Route(
            .get, Self.path, access: .open, summary: "A page on which to accept an invitation",
            parameters: [Parameter("token", .text, "From the link")],
            responses: [.init(200, "The page", .text, contentType: "text/html")]
                + CommonResponses.errors()
        ) { _ in
            // The token stays in the browser: the page is the same for everybody.
            var reply = Reply.bytes(
                ByteBuffer(string: AcceptPage.text), contentType: "text/html; charset=utf-8")
            for (name, value) in Self.headers {
                if let name = HTTPField.Name(name) { reply.headers[name] = value }
            }
            return reply
        }
    }

    private static let headers = [
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
    ]

    private var accept: Route {
        let user = Schema.whole([
            .init("message", .text), .init("user", UserView.schema), .init("organization_id", .text),
        ])
        return Route(
            .post, "/api/invitations/accept", access: .open, summary: "Accept an invitation",
            description: "A new account gets this name and password; an account that exists says its own.",
            request: AcceptBody.schema.example(PeopleExamples.accept),
            responses: [.init(201, "Accepted", user.example(PeopleExamples.accepted))]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: AcceptBody.self)
            let (joined, organization) = try await core.invitations.accept(
                token: body.token, name: body.name, password: body.password, from: call.origin)
            let shape = Shape(call)
            return .json(201) { json in
                json.object { json in
                    json.field("message", "Invitation accepted")
                    json.key("user")
                    UserView(user: joined, shape: shape).write(to: &json)
                    json.field("organization_id", organization.rawValue)
                }
            }
        }
    }
}
