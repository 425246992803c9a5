package import EdgeModel
import GRDB

extension Store {
    /// The devices that have these DevEUIs, whoever owns them.
    package func registered(_ euis: [EUI64]) async throws -> [EUI64: Device] {
        try await read { [self] database in
            var found: [EUI64: Device] = [:]
            for eui in euis {
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT \(DeviceRow.columns), o.id AS organization_id FROM \(DeviceRow.source)
                        JOIN organization o ON o.key = d.organization
                        WHERE d.dev_eui = ? AND d.deleted_at IS NULL
                        """, arguments: [Int64(bitPattern: eui.rawValue)])
                guard let row else { continue }
                found[eui] = withActivity(
                    try DeviceRow(row, organization: OrganizationID(row["organization_id"]), sealer: sealer))
            }
            return found
        }
    }

    /// Names of custom tags that devices of an organization have, in their order; at most `limit`.
    package func tagNames(of organization: OrganizationID, limit: Int) async throws -> [String] {
        try await read { [organizationKeys] database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT name FROM tagCount WHERE organization = ? AND name <> ?
                    ORDER BY name LIMIT ?
                    """,
                arguments: [
                    try organizationKeys.key(organization, in: database), Device.platformTag, limit,
                ])
        }
    }
}
