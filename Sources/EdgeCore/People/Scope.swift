package import EdgeModel

/// One entry of the catalogue of scopes: its spellings, what it allows, what it says to people.
package struct Scope: Sendable {
    /// `resource:verb`, as the Hubble reference spells it.
    package let name: String
    /// `verb-resource`, as the official clients spell it.
    package let officialName: String
    package let description: String
    package let permission: Permission

    private init(
        _ resource: Permission.Resource, _ verb: Permission.Verb, _ noun: String, _ description: String
    ) {
        permission = Permission(resource, verb)
        let spelled = resource == .keys ? "api_keys" : resource.rawValue
        name = "\(spelled):\(verb.rawValue)"
        officialName = "\(verb.rawValue)-\(noun)"
        self.description = description
    }

    package static let catalogue: [Scope] = [
        Scope(.keys, .read, "api-keys", "List API keys and their metadata"),
        Scope(.keys, .write, "api-keys", "Create, update, and delete API keys"),
        Scope(.devices, .read, "devices", "View device information and list devices"),
        Scope(.devices, .write, "devices", "Register, update, and delete devices"),
        Scope(.packets, .read, "packets", "Query and stream packet data"),
        Scope(.packets, .write, "packets", "Submit packets that another receiver heard"),
        Scope(.webhooks, .read, "webhooks", "View webhooks and their delivery counters"),
        Scope(.webhooks, .write, "webhooks", "Create, update, and delete webhooks"),
        Scope(.users, .read, "users", "View users and their roles"),
        Scope(.users, .write, "users", "Add, update, and remove users"),
        Scope(.invitations, .read, "invitations", "View pending invitations"),
        Scope(.invitations, .write, "invitations", "Send and revoke invitations"),
        Scope(.organization, .read, "organization-metadata", "View organization details"),
        Scope(.organization, .write, "organization-metadata", "Update organization details"),
        Scope(.metrics, .read, "platform-metrics", "View API, packet, webhook, and device metrics"),
        Scope(.billing, .read, "billing", "View invoices and usage"),
    ]

    /// Spellings beyond the two in the catalogue.
    private static let aliases: [String: String] = [
        "read-billing-usage": "billing:read", "read-billing-invoices": "billing:read",
    ]

    private static let byName: [String: Scope] = catalogue.reduce(into: [:]) {
        $0[$1.name] = $1
        $0[$1.officialName] = $1
    }

    /// The scope that is spelled so, in either way; nil when there is none.
    package static func named(_ name: String) -> Scope? { byName[aliases[name] ?? name] }

    /// The catalogue's names for what `permissions` allow, in its order.
    package static func names(for permissions: Set<Permission>) -> [String] {
        catalogue.filter { permissions.contains($0.permission) }.map(\.name)
    }
}
