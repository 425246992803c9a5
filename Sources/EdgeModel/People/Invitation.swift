/// An invitation's identifier; never the secret in its link. Opaque text; generated ones are UUIDs.
package struct InvitationID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// An offer to join an organization, good once, for the person who has the link.
package struct Invitation: Sendable {
    package var id: InvitationID
    package var organization: OrganizationID
    package var email: EmailAddress
    package var role: Role
    package var message: String?
    /// The account or the key that invited.
    package var invitedBy: String?
    /// Of the account that invited; nil for a key.
    package var inviterEmail: String?
    package var createdAt: Timestamp
    package var expiresAt: Timestamp

    package init(
        id: InvitationID, organization: OrganizationID, email: EmailAddress, role: Role, message: String?,
        invitedBy: String?, inviterEmail: String? = nil, createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.organization = organization
        self.email = email
        self.role = role
        self.message = message
        self.invitedBy = invitedBy
        self.inviterEmail = inviterEmail
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A letter that waits for somebody to carry it.
package struct Mail: Sendable {
    package var recipient: EmailAddress
    package var subject: String
    /// Carries the link, so it is kept sealed.
    package var body: SecretBytes

    package init(recipient: EmailAddress, subject: String, body: SecretBytes) {
        self.recipient = recipient
        self.subject = subject
        self.body = body
    }
}

/// One page of invitations, and how many are pending in all.
package struct InvitationPage: Sendable {
    package var invitations: [Invitation]
    package var total: Int

    package init(invitations: [Invitation], total: Int) {
        self.invitations = invitations
        self.total = total
    }
}
