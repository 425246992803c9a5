import EdgeModel
import FoundationEssentials
import GRDB

/// How an invitation ended; the raw value is what the row keeps.
enum InvitationEnd: Int {
    case accepted = 1
    case revoked = 2
    case expired = 3
}

/// Writes invitations and their letters. What ends loses its letter and its token's hash.
struct InvitationWriter {
    let database: Database
    let sealer: KeySealer

    /// Rows of invitations that are over, for one organization; older ones are forgotten.
    private static let historyLimit = 1_000

    /// Ends what is over by `now`.
    func expire(in organization: Int64, at now: Timestamp) throws {
        let over = try String.fetchAll(
            database,
            sql: "SELECT id FROM invitation WHERE organization = ? AND state = 0 AND expires_at <= ?",
            arguments: [organization, now.microseconds])
        for id in over { try end(InvitationID(id), as: .expired, at: now) }
        try database.execute(
            sql: """
                DELETE FROM invitation WHERE organization = ?1 AND state <> 0 AND key NOT IN
                    (SELECT key FROM invitation WHERE organization = ?1 AND state <> 0
                        ORDER BY key DESC LIMIT ?2)
                """, arguments: [organization, Self.historyLimit])
    }

    func refusal(of invitation: Invitation, in organization: Int64, limit: Int) throws -> Inviting? {
        let folded = invitation.email.folded
        let isMember = try Bool.fetchOne(
            database,
            sql:
                "SELECT EXISTS (SELECT 1 FROM \(UserRow.source) WHERE m.organization = ? AND a.email_folded = ?)",
            arguments: [organization, folded])
        if isMember == true { return .alreadyMember }
        let pending = try String.fetchAll(
            database, sql: "SELECT email_folded FROM invitation WHERE organization = ? AND state = 0",
            arguments: [organization])
        if pending.contains(folded) { return .alreadyInvited }
        return pending.count < limit ? nil : .full
    }

    func insert(_ invitation: Invitation, tokenHash: [UInt8], mail: Mail, in organization: Int64) throws {
        try database.execute(
            sql: """
                INSERT INTO invitation (id, organization, email, email_folded, role, message, invited_by,
                    token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                invitation.id.rawValue, organization, invitation.email.text, invitation.email.folded,
                invitation.role.rawValue, invitation.message, invitation.invitedBy, Data(tokenHash),
                invitation.createdAt.microseconds, invitation.expiresAt.microseconds,
            ])
        let id = UniqueID.random().description
        try database.execute(
            sql: """
                INSERT INTO mail (id, invitation, recipient, subject, sealed_body, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, database.lastInsertedRowID, mail.recipient.text, mail.subject,
                Data(try sealer.seal(mail.body.bytes, context: "mail \(id)")),
                invitation.createdAt.microseconds,
            ])
    }

    func end(_ id: InvitationID, as end: InvitationEnd, at now: Timestamp) throws {
        try database.execute(
            sql: "DELETE FROM mail WHERE invitation = (SELECT key FROM invitation WHERE id = ?)",
            arguments: [id.rawValue])
        try database.execute(
            sql: "UPDATE invitation SET state = ?, ended_at = ?, token_hash = NULL WHERE id = ?",
            arguments: [end.rawValue, now.microseconds, id.rawValue])
    }
}

/// One row of `invitation`, with the address of the account that invited.
enum InvitationRow {
    static let columns = """
        i.id, o.id AS organization_id, i.email, i.role, i.message, i.invited_by, a.email AS inviter_email,
        i.created_at, i.expires_at, l.state AS mail_state, l.attempts AS mail_attempts, l.last_error AS mail_error
        """
    static let source = """
        invitation i JOIN organization o ON o.key = i.organization LEFT JOIN account a ON a.id = i.invited_by
            LEFT JOIN mail l ON l.invitation = i.key
        """

    static func fetch(
        _ condition: String, _ arguments: [(any DatabaseValueConvertible)?], _ database: Database
    ) throws -> Invitation? {
        try Row.fetchOne(
            database, sql: "SELECT \(columns) FROM \(source) WHERE \(condition)",
            arguments: StatementArguments(arguments)
        ).map(invitation)
    }

    static func invitation(_ row: Row) throws -> Invitation {
        guard let email = EmailAddress(row["email"]), let role = Role(rawValue: row["role"]) else {
            throw EdgeError(.unavailable, "a stored invitation cannot be read")
        }
        var invitation = Invitation(
            id: InvitationID(row["id"]), organization: OrganizationID(row["organization_id"]), email: email,
            role: role, message: row["message"], invitedBy: row["invited_by"],
            inviterEmail: row["inviter_email"], createdAt: Timestamp(microseconds: row["created_at"]),
            expiresAt: Timestamp(microseconds: row["expires_at"]))
        invitation.mail = MailRow.state(row)
        return invitation
    }
}
