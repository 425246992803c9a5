package import EdgeModel

/// Who makes a request, and what it allows.
package struct Principal: Sendable {
    package let key: APIKey
    /// What the audit log says of the caller.
    package var origin: Origin

    init(key: APIKey) {
        self.key = key
        origin = Origin(key.account.map(Origin.Initiator.account) ?? .key(key.id))
    }

    /// The same, with where the request came from.
    package func calling(from address: String?, requestID: String) -> Principal {
        var principal = self
        principal.origin.address = address
        principal.origin.requestID = requestID
        return principal
    }

    package var organization: OrganizationID { key.organization }

    /// Throws `forbidden` unless the key allows it.
    package func require(_ permission: Permission) throws {
        guard key.permissions.contains(permission) else {
            let scope = Scope.names(for: [permission]).first ?? "\(permission)"
            throw EdgeError(.forbidden, "Insufficient scopes: \(scope) is required")
        }
    }

    /// Throws `forbidden` unless the key belongs to `organization`.
    package func requireMembership(of organization: OrganizationID) throws {
        guard key.organization == organization else {
            throw EdgeError(.forbidden, "The credential does not belong to this organization")
        }
    }
}
