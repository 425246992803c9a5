package import EdgeModel
import GRDB

extension Store {
    /// Nil when there is no such organization.
    package func organization(_ id: OrganizationID) async throws -> Organization? {
        try await read { try OrganizationRow.fetch(id, $0) }
    }

    /// Reads an organization, lets `change` amend it and writes it back, in one transaction.
    package func updateOrganization(
        _ id: OrganizationID, audit: AuditNote?,
        change: @Sendable @escaping (inout Organization) throws -> Void
    ) async throws -> Organization? {
        try await write { [auditor] database in
            guard var organization = try OrganizationRow.fetch(id, database) else { return nil }
            try Self.checkIsOwn(of: id, database)
            try change(&organization)
            try OrganizationRow.store(organization, database)
            try auditor.append(audit, in: database)
            return organization
        }
    }
}

/// One row of `organization`, both ways.
private enum OrganizationRow {
    static func fetch(_ id: OrganizationID, _ database: Database) throws -> Organization? {
        // Bound as text, a NUL would end the identifier.
        guard !id.rawValue.utf8.contains(0),
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM organization WHERE id = ?", arguments: [id.rawValue])
        else { return nil }
        var organization = Organization(
            id: id, name: row["name"], timeZone: row["time_zone"], plan: row["plan"],
            createdAt: Timestamp(microseconds: row["created_at"]))
        organization.address.street = row["street"]
        organization.address.secondLine = row["second_line"]
        organization.address.city = row["city"]
        organization.address.state = row["state"]
        organization.address.postalCode = row["postal_code"]
        organization.address.country = row["country"]
        organization.contactEmail = row["contact_email"]
        organization.contactPhone = row["contact_phone"]
        return organization
    }

    static func store(_ organization: Organization, _ database: Database) throws {
        let address = organization.address
        try database.execute(
            sql: """
                UPDATE organization SET name = ?, street = ?, second_line = ?, city = ?, state = ?,
                    postal_code = ?, country = ?, contact_email = ?, contact_phone = ?, time_zone = ?,
                    plan = ?, created_at = ?
                WHERE id = ?
                """,
            arguments: [
                organization.name, address.street, address.secondLine, address.city, address.state,
                address.postalCode, address.country, organization.contactEmail, organization.contactPhone,
                organization.timeZone, organization.plan, organization.createdAt.microseconds,
                organization.id.rawValue,
            ])
    }
}
