package import EdgeModel
import GRDB

extension Store {
    /// Throws `conflict` for a name that is in use, and when the organization has `limit` profiles.
    package func addDeviceProfile(_ profile: DeviceProfile, limit: Int, audit: AuditNote? = nil) async throws
    {
        try await write { [auditor, organizationKeys] database in
            let organization = try organizationKeys.key(profile.organization, in: database)
            try Named.profile.checkRoom(of: organization, limit: limit, database)
            let columns =
                DeviceProfileRow.values(of: profile) + [
                    ("id", profile.id.rawValue), ("organization", organization),
                    ("created_at", profile.createdAt.microseconds),
                ]
            let places = columns.map { _ in "?" }.joined(separator: ", ")
            try Named.profile.conflictsExplained {
                try database.execute(
                    sql: """
                        INSERT INTO deviceProfile (\(columns.map(\.0).joined(separator: ", ")))
                        VALUES (\(places))
                        """, arguments: StatementArguments(columns.map(\.1)))
            }
            try auditor.append(audit?.naming([profile.id.rawValue]), in: database)
        }
    }

    /// By name.
    package func deviceProfiles(of organization: OrganizationID) async throws -> [DeviceProfile] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "\(DeviceProfileRow.select) WHERE o.id = ? ORDER BY p.name",
                arguments: [organization.rawValue]
            ).map { DeviceProfileRow($0).profile }
        }
    }

    /// Nil when there is none, or it is another organization's.
    package func deviceProfile(_ id: DeviceProfileID, of organization: OrganizationID) async throws
        -> DeviceProfile?
    {
        try await read { try DeviceProfileRow.fetch(id, in: organization, $0) }
    }

    /// How many devices have the profile.
    package func deviceCount(profile: DeviceProfileID) async throws -> Int {
        try await read { try Named.profile.devices(with: profile.rawValue, $0) }
    }

    /// Reads a profile, lets `change` amend it and writes it back, in one transaction; then the pipeline
    /// reads its devices again. Nil when there is no such profile. What `change` throws comes out.
    package func updateDeviceProfile(
        _ id: DeviceProfileID, of organization: OrganizationID, audit: AuditNote? = nil,
        change: @Sendable @escaping (inout DeviceProfile) throws -> Void
    ) async throws -> DeviceProfile? {
        let updated = try await write { [auditor] database -> DeviceProfile? in
            guard var profile = try DeviceProfileRow.fetch(id, in: organization, database) else { return nil }
            try Self.checkIsOwn(.profile, id.rawValue, database)
            try change(&profile)
            let columns = DeviceProfileRow.values(of: profile)
            try Named.profile.conflictsExplained {
                try database.execute(
                    sql: """
                        UPDATE deviceProfile SET \(columns.map { "\($0.0) = ?" }.joined(separator: ", "))
                        WHERE id = ?
                        """, arguments: StatementArguments(columns.map(\.1) + [id.rawValue]))
            }
            try Named.profile.renewDevices(with: id.rawValue, database)
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return profile
        }
        try await noteRegistryChange()
        return updated
    }

    /// False when there is no such profile. Throws `conflict` when a device has it.
    package func deleteDeviceProfile(
        _ id: DeviceProfileID, of organization: OrganizationID, audit: AuditNote? = nil
    ) async throws -> Bool {
        try await write { [auditor] database in
            guard try DeviceProfileRow.fetch(id, in: organization, database) != nil else { return false }
            try Self.checkIsOwn(.profile, id.rawValue, database)
            let devices = try Named.profile.devices(with: id.rawValue, database)
            guard devices == 0 else {
                throw EdgeError(.conflict, "The device profile is in use by \(devices) devices")
            }
            try database.execute(sql: "DELETE FROM deviceProfile WHERE id = ?", arguments: [id.rawValue])
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return true
        }
    }
}
