import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// Invitations: list, send, revoke.
struct InvitationRoutes {
    let core: EdgeCore

    var routes: [Route] { [list, invite, revoke, revokeByEmail].about("Invitations") }

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/invitations", "/v1/org/{org_id}/invitations",
            access: .permitted(Permission(.invitations, .read)), summary: "List pending invitations",
            description: "All of them, or a page where one is asked for.",
            parameters: PageRequest.parameters,
            responses: [
                .init(
                    200, "Pending invitations",
                    .whole([
                        .init("invitations", .array(InvitationView.schema)),
                        .init("invites", .array(InvitationView.schema)),
                        .init("total_invites", .integer(minimum: 0)),
                    ]).example(PeopleExamples.invitations))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let page = try PageRequest(call.query)
            let isPaged = page.isOfficial || call.query.first(of: "page", "per_page") != nil
            let found = try await core.invitations.pending(
                call.organization, offset: isPaged ? page.offset : 0,
                limit: isPaged ? page.size : Invitations.limit)
            let shape = Shape(call)
            return .json { json in
                json.object { json in
                    json.array("invitations", found.invitations) {
                        InvitationView(
                            invitation: $1, mailStatus: core.invitations.mailStatus(of: $1), shape: shape
                        ).write(to: &$0)
                    }
                    json.array("invites", found.invitations) {
                        InvitationView(
                            invitation: $1, mailStatus: core.invitations.mailStatus(of: $1), shape: shape
                        ).write(to: &$0)
                    }
                    json.field("total_invites", found.total)
                }
            }
        }
    }

    private var invite: Route {
        Route(
            .post, "/api/org/{org_id}/invitations", "/v1/org/{org_id}/invitations",
            access: .permitted(Permission(.invitations, .write)), summary: "Invite somebody",
            description: "Good for 7 days, once. accept_url is in this response and in the letter.",
            request: InviteBody.schema.example(PeopleExamples.invite),
            responses: [
                .init(201, "Invited", InvitationView.answerSchema.example(PeopleExamples.invited)),
                .init(200, "Invited, official shape", InvitationView.answerSchema),
            ] + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: InviteBody.self)
            let base = core.invitations.linkBase ?? Self.base(call.authority)
            let link: @Sendable (String) -> String = { "\(base)\(AcceptRoutes.path)?token=\($0)" }
            let created = try await core.invitations.create(body.request(link: link), by: call.principal)
            let shape = Shape(call)
            let isOfficial = body.inviteeEmail != nil || shape == .official
            return .json(isOfficial ? 200 : 201) {
                InvitationView(
                    invitation: created.invitation,
                    mailStatus: core.invitations.mailStatus(of: created.invitation),
                    link: link(created.token), shape: shape
                ).writeAnswer(to: &$0)
            }
        }
    }

    /// Where the client found us; a path alone when it does not say, or not in a form that a link
    /// could have.
    private static func base(_ authority: String?) -> String {
        guard let authority, (1...255).contains(authority.utf8.count),
            authority.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            })
        else { return "" }
        return "http://\(authority)"
    }

    private static let revokedSchema = Schema.whole([
        .init("message", .text), .init("invitation_id", .text),
    ]).example(PeopleExamples.revoked)

    private var revoke: Route {
        Route(
            .delete, "/api/org/{org_id}/invitations/{invitation_id}",
            "/v1/org/{org_id}/invitations/{invitation_id}",
            access: .permitted(Permission(.invitations, .write)), summary: "Revoke an invitation",
            responses: [.init(200, "Revoked", Self.revokedSchema)] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let id = InvitationID(try call.parameter("invitation_id"))
            return Self.revoked(try await core.invitations.revoke(id, by: call.principal))
        }
    }

    private var revokeByEmail: Route {
        Route(
            .delete, "/api/org/{org_id}/invitations", "/v1/org/{org_id}/invitations",
            access: .permitted(Permission(.invitations, .write)),
            summary: "Revoke somebody's invitation",
            request: RevokeBody.schema.example(PeopleExamples.revoke),
            responses: [.init(200, "Revoked", Self.revokedSchema)]
                + CommonResponses.errors(400, 404, 413, 507)
        ) { [core] call in
            let email = try call.json(as: RevokeBody.self).inviteeEmail
            return Self.revoked(try await core.invitations.revoke(email: email, by: call.principal))
        }
    }

    private static func revoked(_ id: InvitationID) -> Reply {
        .json { json in
            json.object {
                $0.field("message", "Invitation successfully revoked")
                $0.field("invitation_id", id.rawValue)
            }
        }
    }
}
