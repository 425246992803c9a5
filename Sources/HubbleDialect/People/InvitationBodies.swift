import EdgeCore
import EdgeHTTP
import EdgeModel

/// What a client sends to invite somebody.
struct InviteBody: Decodable {
    let email: String?
    let inviteeEmail: String?
    let role: String
    let message: String?

    enum CodingKeys: String, CodingKey {
        case email, role, message
        case inviteeEmail = "invitee_email"
    }

    static let schema = Schema.object(
        [
            .init("email", .string(format: "email")), .init("invitee_email", .string(format: "email")),
            .init("role", Role.schema), .init("message", .characters(0...Invitations.messageLimit)),
        ], required: ["role"])

    func request(link: @escaping @Sendable (String) -> String) throws -> Invitations.Request {
        guard let email = inviteeEmail ?? email else {
            throw EdgeError.invalid("Missing required field: email")
        }
        return Invitations.Request(
            email: email, role: try Role.checked(role), message: message, link: link)
    }
}

/// Whose invitation is to be revoked.
struct RevokeBody: Decodable {
    let inviteeEmail: String

    enum CodingKeys: String, CodingKey {
        case inviteeEmail = "invitee_email"
    }

    static let schema = Schema.object(
        [.init("invitee_email", .string(format: "email"))], required: ["invitee_email"])
}

/// What somebody sends who accepts.
struct AcceptBody: Decodable {
    let token: String
    let name: String?
    let password: String

    static let schema = Schema.object(
        [
            .init("token", .text), .init("name", .characters(1...Users.nameLimit), "For a new account"),
            .init(
                "password", .characters(0...PasswordRule.lengths.upperBound),
                "The account's, or a new account's"),
        ], required: ["token", "password"])
}

/// A pending invitation as it is shown; the link only once.
struct InvitationView {
    let invitation: Invitation
    /// What became of the letter.
    let mailStatus: String
    var link: String?
    let shape: Shape

    static let properties: [Schema.Property] = [
        .init("invitation_id", .text), .init("email", .string(format: "email")), .init("role", Role.schema),
        .init("status", .string(values: ["pending"])), .init("invited_by", .nullable(.text)),
        .init("created_at", .oneOf([.time, .integer()])), .init("expires_at", .oneOf([.time, .integer()])),
        .init("message", .nullable(.text)), .init("mail_status", .text, "queued, sent or failed, and why"),
        .init("invitee_email", .string(format: "email")), .init("inviter_email", .nullable(.text)),
        .init("accept_url", .text, "At creation only"),
    ]
    static let schema = Schema.named(
        "Invitation", .object(properties, required: ["invitation_id", "email", "role", "status"]))
    static let answerSchema = Schema.object(
        [.init("invitation", schema)] + properties, required: ["invitation"])

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeAnswer(to json: inout JSONWriter) {
        json.object { json in
            json.key("invitation")
            write(to: &json)
            writeMembers(to: &json)
        }
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.field("invitation_id", invitation.id.rawValue)
        json.field("email", invitation.email.text)
        json.field("role", invitation.role.rawValue)
        json.field("status", "pending")
        json.field("invited_by", invitation.invitedBy)
        json.field("created_at", invitation.createdAt, shape)
        json.field("expires_at", invitation.expiresAt, shape)
        json.field("message", invitation.message)
        json.field("mail_status", mailStatus)
        json.field("invitee_email", invitation.email.text)
        json.field("inviter_email", invitation.inviterEmail)
        if let link { json.field("accept_url", link) }
    }
}
