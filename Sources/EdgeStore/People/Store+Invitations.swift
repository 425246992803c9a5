package import EdgeModel
import FoundationEssentials
import GRDB

/// What became of an attempt to invite.
package enum Inviting: Sendable {
    case invited(Invitation)
    case alreadyInvited
    case alreadyMember
    /// As many invitations are pending as may be.
    case full
}

/// What became of an attempt to accept.
package enum Accepting: Sendable {
    case joined(User)
    case gone
    case alreadyMember
    case full
}

extension Store {
    /// Pending invitations, oldest first; one that is over by `now` is not pending.
    package func invitations(of organization: OrganizationID, at now: Timestamp, offset: Int, limit: Int)
        async throws -> InvitationPage
    {
        try await read { [organizationKeys] database in
            let key = try organizationKeys.key(organization, in: database)
            let pending = "i.organization = ? AND i.state = 0 AND i.expires_at > ?"
            let invitations = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(InvitationRow.columns) FROM \(InvitationRow.source) WHERE \(pending)
                    ORDER BY i.key LIMIT ? OFFSET ?
                    """, arguments: [key, now.microseconds, limit, offset]
            ).map(InvitationRow.invitation)
            let total = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM invitation i WHERE \(pending)",
                arguments: [key, now.microseconds])
            return InvitationPage(invitations: invitations, total: total ?? 0)
        }
    }

    /// Keeps an invitation and the letter that goes with it, in one transaction.
    package func invite(
        _ invitation: Invitation, tokenHash: [UInt8], mail: Mail, limit: Int, audit: AuditNote?
    ) async throws -> Inviting {
        let outcome = try await write { [auditor, organizationKeys, sealer] database -> Inviting in
            let key = try organizationKeys.key(invitation.organization, in: database)
            let writer = InvitationWriter(database: database, sealer: sealer)
            try writer.expire(in: key, at: invitation.createdAt)
            if let refusal = try writer.refusal(of: invitation, in: key, limit: limit) { return refusal }
            try writer.insert(invitation, tokenHash: tokenHash, mail: mail, in: key)
            try auditor.append(audit, in: database)
            let stored = try InvitationRow.fetch("i.id = ?", [invitation.id.rawValue], database)
            return .invited(stored ?? invitation)
        }
        if case .invited = outcome { mailChanges.raise() }
        return outcome
    }

    /// The pending invitation that a link leads to; nil when it is over.
    package func invitation(tokenHash: [UInt8], at now: Timestamp) async throws -> Invitation? {
        try await read { database in
            try InvitationRow.fetch(
                "i.token_hash = ? AND i.state = 0 AND i.expires_at > ?",
                [Data(tokenHash), now.microseconds], database)
        }
    }

    /// Makes the invited account a member, once; with `account`, that account is made first.
    package func accept(
        _ invitation: Invitation, creating account: Account?, userLimit: Int, at now: Timestamp,
        audit: AuditNote?
    ) async throws -> Accepting {
        try await write { [auditor, organizationKeys, sealer] database in
            let key = try organizationKeys.key(invitation.organization, in: database)
            guard
                try InvitationRow.fetch(
                    "i.id = ? AND i.state = 0 AND i.expires_at > ?",
                    [invitation.id.rawValue, now.microseconds], database) != nil
            else { return .gone }
            let members = Memberships(database: database, organization: key)
            // Before an account is made that would belong to nobody.
            guard try members.count() < userLimit else { return .full }
            if let account { try AccountRow.insert(account, database) }
            switch try members.join(invitation.email, as: invitation.role, at: now) {
            case .noAccount: return .gone
            case .alreadyMember: return .alreadyMember
            case .full: return .full
            case .joined(let user):
                try InvitationWriter(database: database, sealer: sealer)
                    .end(invitation.id, as: .accepted, at: now)
                var audit = audit
                audit?.origin.initiator = .account(user.account)
                try auditor.append(audit, in: database)
                return .joined(user)
            }
        }
    }

    /// Revokes the pending invitation with this identifier, or for this address. Returns it.
    package func revokeInvitation(
        id: InvitationID? = nil, email: EmailAddress? = nil, in organization: OrganizationID,
        at now: Timestamp, audit: AuditNote?
    ) async throws -> InvitationID? {
        try await write { [auditor, organizationKeys, sealer] database in
            let key = try organizationKeys.key(organization, in: database)
            // Bound as text, a NUL would end the identifier.
            guard id?.rawValue.utf8.contains(0) != true,
                let found = try InvitationRow.fetch(
                    """
                    i.organization = ? AND i.state = 0 AND i.expires_at > ?
                    AND (i.id = ? OR i.email_folded = ?)
                    """, [key, now.microseconds, id?.rawValue, email?.folded], database)
            else { return nil }
            try InvitationWriter(database: database, sealer: sealer).end(found.id, as: .revoked, at: now)
            var audit = audit
            audit?.object = found.id.rawValue
            try auditor.append(audit, in: database)
            return found.id
        }
    }
}
