/// What a credential allows: one verb on one resource.
package struct Permission: Hashable, Sendable {
    package enum Resource: String, CaseIterable, Sendable {
        case keys, devices, packets, webhooks, users, invitations, organization, metrics, billing
    }
    package enum Verb: String, Sendable {
        case read, write
    }

    package let resource: Resource
    package let verb: Verb

    package init(_ resource: Resource, _ verb: Verb) {
        self.resource = resource
        self.verb = verb
    }

    /// Every permission there is: what an administrator's key allows.
    package static let all: Set<Permission> = Set(
        Resource.allCases.flatMap { resource in
            resource.isReadOnly
                ? [Permission(resource, .read)] : [Permission(resource, .read), Permission(resource, .write)]
        })
}

extension Permission.Resource {
    /// Resources that are only ever written by the gateway itself.
    package var isReadOnly: Bool { self == .metrics || self == .billing }
}
