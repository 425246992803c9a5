/// A credential of an organization: everything but the credential itself.
package struct APIKey: Sendable {
    package var id: APIKeyID
    package var organization: OrganizationID
    package var name: String
    /// As they were asked for; echoed so.
    package var scopes: [String]
    package var permissions: Set<Permission>
    /// Free metadata of the caller, as JSON text.
    package var metadata: String?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var expiresAt: Timestamp?
    package var lastUsedAt: Timestamp?
    /// Whose session this is; nil for an API key, which belongs to the organization.
    package var account: AccountID?

    package init(
        id: APIKeyID, organization: OrganizationID, name: String, scopes: [String],
        permissions: Set<Permission>, metadata: String? = nil, createdAt: Timestamp,
        updatedAt: Timestamp, expiresAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil,
        account: AccountID? = nil
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.scopes = scopes
        self.permissions = permissions
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.account = account
    }

    /// An administrator's key allows everything.
    package var isAdministrator: Bool { permissions == Permission.all }
}
