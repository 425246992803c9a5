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
    /// What became of the letter; nil where there is none.
    package var mail: MailState?

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

/// One page of invitations, and how many are pending in all.
package struct InvitationPage: Sendable {
    package var invitations: [Invitation]
    package var total: Int

    package init(invitations: [Invitation], total: Int) {
        self.invitations = invitations
        self.total = total
    }
}
