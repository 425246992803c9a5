package import EdgeModel
import GRDB
import Synchronization

extension Store {
    /// Registers devices in one transaction, all or none, and raises the registry revision.
    ///
    /// Throws `conflict` when a DevEUI or a network identifier is in use; `makeID` is given how many
    /// deleted devices had the DevEUI before.
    package func register(
        _ devices: [Device], audit: AuditNote? = nil,
        makeID: @Sendable @escaping (Device, Int) -> DeviceID
    ) async throws -> [Device] {
        let registered = try await write { [sealer, organizationKeys, auditor] database in
            let registered = try devices.map { device in
                var device = device
                let earlier =
                    try Int.fetchOne(
                        database,
                        sql: "SELECT count(*) FROM device WHERE dev_eui = ? AND deleted_at IS NOT NULL",
                        arguments: [Int64(bitPattern: device.devEUI.rawValue)]) ?? 0
                device.id = makeID(device, earlier)
                try DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
                    .insert(device)
                return device
            }
            try auditor.append(audit?.naming(registered.map(\.id.rawValue)), in: database)
            return registered
        }
        try await noteRegistryChange()
        return registered
    }

    /// Reads a device, lets `change` amend it and writes it back, in one transaction.
    /// Nil when there is no such device in the organization. What `change` throws comes out.
    package func update(
        _ id: DeviceID, in organization: OrganizationID, audit: AuditNote? = nil,
        change: @Sendable @escaping (inout Device) throws -> Void
    ) async throws -> Device? {
        let updated = try await write { [self] database -> Device? in
            guard let device = try updateRow(id, in: organization, database, change: change) else {
                return nil
            }
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return device
        }
        try await noteRegistryChange()
        return updated
    }

    /// The same for several devices, each succeeding or failing by itself, in one transaction.
    package func updateEach(
        _ ids: [DeviceID], in organization: OrganizationID, audit: AuditNote? = nil,
        change: @Sendable @escaping (Int, inout Device) throws -> Void
    ) async throws -> [Result<Device?, EdgeError>] {
        let results = try await write { [self] database in
            let results = try ids.enumerated().map { position, id -> Result<Device?, EdgeError> in
                do {
                    return .success(
                        try updateRow(id, in: organization, database) { try change(position, &$0) })
                } catch let error as EdgeError {
                    return .failure(error)
                }
            }
            let updated = results.compactMap { (try? $0.get())?.id.rawValue }
            if !updated.isEmpty { try auditor.append(audit?.naming(updated), in: database) }
            return results
        }
        try await noteRegistryChange()
        return results
    }

    private func updateRow(
        _ id: DeviceID, in organization: OrganizationID, _ database: Database,
        change: (inout Device) throws -> Void
    ) throws -> Device? {
        guard var row = try deviceRow(id, in: organization, database) else { return nil }
        let before = row.device
        try change(&row.device)
        try DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
            .update(row, from: before)
        return withActivity(row)
    }

    /// Deletes devices; their packets stay and keep showing their names. Returns those that existed.
    package func delete(
        _ ids: [DeviceID], in organization: OrganizationID, at now: Timestamp, audit: AuditNote? = nil
    ) async throws -> Set<DeviceID> {
        let deleted = try await write { [self] database in
            let writer = DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
            var deleted: Set<DeviceID> = []
            for id in ids {
                guard let row = try deviceRow(id, in: organization, database) else { continue }
                try writer.delete(row, at: now)
                deleted.insert(id)
            }
            let named = ids.filter(deleted.contains).map(\.rawValue)
            if !named.isEmpty { try auditor.append(audit?.naming(named), in: database) }
            return deleted
        }
        try await noteRegistryChange()
        return deleted
    }

    /// A device that is not deleted; nil when there is none with this identifier in `organization`.
    package func device(_ id: DeviceID, in organization: OrganizationID) async throws -> Device? {
        try await read { [self] database in
            try deviceRow(id, in: organization, database).map(withActivity)
        }
    }

    /// The identifier of the device with `devEUI`, whoever owns it.
    package func deviceID(devEUI: EUI64, in organization: OrganizationID) async throws -> DeviceID? {
        try await read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT d.id FROM device d JOIN organization o ON o.key = d.organization
                    WHERE d.dev_eui = ? AND d.deleted_at IS NULL AND o.id = ?
                    """, arguments: [Int64(bitPattern: devEUI.rawValue), organization.rawValue]
            ).map(DeviceID.init)
        }
    }

    private func deviceRow(_ id: DeviceID, in organization: OrganizationID, _ database: Database) throws
        -> DeviceRow?
    {
        // Bound as text, a NUL would end the identifier.
        guard !id.rawValue.utf8.contains(0) else { return nil }
        return try liveDevice("d.id = ?", id.rawValue, in: organization, database)
    }

    /// The device of an organization for which `condition` holds with `value`, unless it is removed.
    func liveDevice(
        _ condition: String, _ value: some DatabaseValueConvertible, in organization: OrganizationID,
        _ database: Database
    ) throws -> DeviceRow? {
        try Row.fetchOne(
            database,
            sql: """
                SELECT \(DeviceRow.columns) FROM \(DeviceRow.source)
                JOIN organization o ON o.key = d.organization
                WHERE \(condition) AND d.deleted_at IS NULL AND o.id = ?
                """, arguments: [value, organization.rawValue]
        ).map { try DeviceRow($0, organization: organization, sealer: sealer) }
    }

    /// The devices of an organization that changed after `revision`, removed ones included, in the order of
    /// their changes.
    func changedDevices(
        of organization: (id: OrganizationID, key: Int64), after revision: Int64, limit: Int,
        _ database: Database
    ) throws -> [DeviceRow] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT \(DeviceRow.columns) FROM \(DeviceRow.source)
                WHERE d.revision > ? AND d.organization = ? ORDER BY d.revision LIMIT ?
                """, arguments: [revision, organization.key, limit]
        ).map { try DeviceRow($0, organization: organization.id, sealer: sealer) }
    }

    /// The device with what it did since that was last written.
    func withActivity(_ row: DeviceRow) -> Device {
        var device = row.device
        guard let recent = activity[row.key] else { return device }
        device.packetCount += recent.packets
        if let seen = recent.lastSeenAt { device.lastSeenAt = max(device.lastSeenAt ?? seen, seen) }
        return device
    }

    /// Called after each change of the registry.
    func noteRegistryChange() async throws {
        let latest = try await read { database in
            try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
        }
        revision.max(latest, ordering: .releasing)
    }
}
