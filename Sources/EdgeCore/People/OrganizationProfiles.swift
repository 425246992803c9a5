package import EdgeModel
package import EdgeStore
import Foundation

/// What an organization says of itself: name, address, contact, time zone.
package struct OrganizationProfiles: Sendable {
    private let store: Store
    private let emails: EmailRule

    package static let nameLimit = 250
    package static let lineLimit = 250
    package static let placeLimit = 100

    package init(store: Store, emails: EmailRule = .standard) {
        self.store = store
        self.emails = emails
    }

    package func get(_ id: OrganizationID) async throws -> Organization {
        guard let organization = try await store.organization(id) else { throw Self.missing }
        return organization
    }

    /// What a client wants changed; nil members stay, `.some(nil)` and empty texts are taken away.
    package struct Change: Sendable {
        package var name: String?
        package var timeZone: String?
        package var street: String??
        package var secondLine: String??
        package var city: String??
        package var state: String??
        package var postalCode: String??
        package var country: String??
        package var contactEmail: String??
        package var contactPhone: String??

        package init() {}
    }

    package func update(_ id: OrganizationID, _ change: Change, by caller: Principal) async throws
        -> Organization
    {
        let fields = change.fields
        guard !fields.isEmpty else { return try await get(id) }
        let audit = AuditNote(
            .organizationUpdate, by: caller.origin, at: store.clock.now().wall, in: id,
            object: id.rawValue, detail: fields.joined(separator: ", "))
        let updated = try await store.updateOrganization(id, audit: audit) { [emails] in
            try Self.apply(change, to: &$0, emails)
        }
        guard let updated else { throw Self.missing }
        return updated
    }

    private static var missing: EdgeError { EdgeError.notFound("Organization not found") }

    private static func apply(_ change: Change, to organization: inout Organization, _ emails: EmailRule)
        throws
    {
        if let name = change.name {
            organization.name = try TextRule(field: "name", limit: nameLimit).check(name)
        }
        if let zone = change.timeZone { organization.timeZone = try check(timeZone: zone) }
        func set(_ value: String??, _ field: String, _ limit: Int, _ place: inout String?) throws {
            guard let value else { return }
            place = try value.flatMap {
                $0.isEmpty ? nil : try TextRule(field: field, limit: limit).check($0)
            }
        }
        try set(change.street, "address.street", lineLimit, &organization.address.street)
        try set(
            change.secondLine, "address.street_address_line_two", lineLimit, &organization.address.secondLine)
        try set(change.city, "address.city", placeLimit, &organization.address.city)
        try set(change.state, "address.state", placeLimit, &organization.address.state)
        try set(change.postalCode, "address.postal_code", 32, &organization.address.postalCode)
        try set(change.country, "address.country", placeLimit, &organization.address.country)
        try set(change.contactPhone, "contact.phone", 64, &organization.contactPhone)
        if let email = change.contactEmail {
            organization.contactEmail = try email.flatMap { text in
                text.isEmpty ? nil : try emails.check(text, of: .contact, field: "contact.email").text
            }
        }
    }

    /// A name of the IANA database: `UTC`, or one with an area, such as `Europe/Berlin`.
    private static func check(timeZone name: String) throws -> String {
        let isPlain =
            name.utf8.count <= 64 && name.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 }
        guard isPlain, name == "UTC" || name == "GMT" || name.contains("/"), TimeZone(identifier: name) != nil
        else {
            throw EdgeError.invalid("timezone: a name such as America/New_York is expected")
        }
        return name
    }
}

extension OrganizationProfiles.Change {
    /// The names of what changes.
    fileprivate var fields: [String] {
        let address: [String??] = [street, secondLine, city, state, postalCode, country]
        return [
            name.map { _ in "name" }, timeZone.map { _ in "timezone" },
            address.contains { $0 != nil } ? "address" : nil,
            contactEmail != nil || contactPhone != nil ? "contact" : nil,
        ].compactMap(\.self)
    }
}
