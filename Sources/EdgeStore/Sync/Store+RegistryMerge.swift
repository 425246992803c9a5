package import EdgeModel
import GRDB
import Logging

/// The registry at a central: what gateways get of it, and what comes of their changes.
extension Store {
    /// The devices of an organization that changed after `revision`, removed ones included.
    package func registryPage(of organization: OrganizationID, after revision: Int64) async throws
        -> RegistryPage
    {
        let page = try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let records = try changedDevices(
                of: (organization, key), after: revision, limit: RegistryPage.limit, database)
            let isLast = records.count < RegistryPage.limit
            let newest = try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
            return RegistryPage(
                entries: records.map { RegistryEntry($0.device, isDeleted: $0.isDeleted) },
                revision: isLast ? newest : records.last?.revision ?? newest, isLast: isLast,
                format: SettingsKind.format, settingsRevision: try Self.settingsRevision(database))
        }
        // No answer after this page names an earlier revision.
        try await noteRegistryChange()
        return page
    }

    /// What came of one operation.
    package struct MergeOutcome: Sendable {
        package var device: DeviceID?
        package var action: AuditAction?
        /// Fields that stayed as they were here, because they were changed here too.
        package var kept: [String]
        /// The device was removed here, which holds: `kept` are the changes that are lost.
        package var isRemoved = false
    }

    /// Merges the changes that a gateway made, in one transaction, each once. `devices` are those that
    /// operations would register, by DevEUI.
    ///
    /// `admit` throws for a profile or a codec that the rules do not allow.
    package func merge(
        _ operations: [RegistryOperation], registering devices: [UInt64: Device],
        in organization: OrganizationID, from gateway: GatewayID,
        admit: @escaping @Sendable (AdmittedSettings) throws -> Void,
        audit: @escaping @Sendable (MergeOutcome) -> AuditNote?
    ) async throws {
        try await write { [self] database in
            let writer = DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
            for operation in operations {
                let known = try String.fetchOne(
                    database, sql: "SELECT operation FROM mergedOperation WHERE gateway = ? AND dev_eui = ?",
                    arguments: [gateway.rawValue, Int64(bitPattern: operation.eui)])
                guard known != operation.id else { continue }
                let admission = SettingsAdmission(
                    store: self, database: database, organization: organization, check: admit)
                try admission.take(operation.requires ?? [])
                do {
                    let outcome = try merge(
                        operation, devices[operation.eui], in: organization, writer, database)
                    try auditor.append(audit(outcome), in: database)
                } catch let error as EdgeError where error.code == .conflict {
                    // Another organization has it: nothing that this gateway can change.
                    logger.warning(
                        "a gateway's device is refused", metadata: ["error": "\(error.message)"])
                }
                try database.execute(
                    sql: "INSERT OR REPLACE INTO mergedOperation VALUES (?, ?, ?)",
                    arguments: [gateway.rawValue, Int64(bitPattern: operation.eui), operation.id])
            }
        }
        try await noteRegistryChange()
    }

    private func merge(
        _ operation: RegistryOperation, _ fresh: Device?, in organization: OrganizationID,
        _ writer: DeviceWriter, _ database: Database
    ) throws -> MergeOutcome {
        guard var row = try liveDevice(operation.eui, in: organization, database) else {
            return try register(operation, fresh, in: organization, writer, database)
        }
        let before = row.device
        if operation.isDeletion {
            // Who changed it here wanted it.
            let current = before.syncFields
            let changed = operation.from.filter { current[$0.key] != $0.value }.keys.sorted()
            if changed.isEmpty {
                try writer.delete(row, at: clock.now().wall)
            } else {
                // A new revision, so that it goes down again.
                try writer.update(row, from: before)
            }
            return MergeOutcome(device: before.id, action: .deviceDelete, kept: changed)
        }
        var kept = operation.merge(into: &row.device)
        kept += try dropUnknownReferences(of: &row.device, from: before, in: organization, database)
        let isChanged = row.device.syncFields != before.syncFields
        if isChanged {
            row.device.updatedAt = clock.now().wall
            try writer.update(row, from: before)
        }
        return MergeOutcome(
            device: before.id, action: isChanged || !kept.isEmpty ? .deviceUpdate : nil, kept: kept)
    }

    /// Registers what is not registered here. What was is not again: its removal holds.
    private func register(
        _ operation: RegistryOperation, _ fresh: Device?, in organization: OrganizationID,
        _ writer: DeviceWriter, _ database: Database
    ) throws -> MergeOutcome {
        let removed = try Row.fetchAll(
            database,
            sql: """
                SELECT d.id, o.id = ? FROM device d JOIN organization o ON o.key = d.organization
                WHERE d.dev_eui = ? AND d.deleted_at IS NOT NULL ORDER BY d.key DESC
                """, arguments: [organization.rawValue, Int64(bitPattern: operation.eui)])
        let own = removed.filter { $0[1] }.map { $0[0] as String }
        let isLost = operation.device.map { !own.contains($0) } ?? false
        guard operation.from.isEmpty || isLost, !operation.isDeletion, var device = fresh else {
            let lost = operation.isDeletion ? [] : operation.changes
            return MergeOutcome(
                device: own.first.map { DeviceID($0) }, action: lost.isEmpty ? nil : .deviceUpdate,
                kept: lost, isRemoved: true)
        }
        device.id = DeviceID(organization: organization, devEUI: device.devEUI, generation: removed.count)
        let unknown = try dropUnknownReferences(of: &device, from: nil, in: organization, database)
        try writer.insert(device)
        return MergeOutcome(device: device.id, action: .deviceRegister, kept: unknown)
    }

    func liveDevice(_ eui: UInt64, in organization: OrganizationID, _ database: Database) throws
        -> DeviceRow?
    {
        try liveDevice("d.dev_eui = ?", Int64(bitPattern: eui), in: organization, database)
    }
}
