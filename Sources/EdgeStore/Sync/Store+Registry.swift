package import EdgeModel
import FoundationEssentials
import GRDB
import Logging

/// Changes of devices on a gateway that its central has not heard of.
package struct OutgoingOperations: Sendable {
    package var operations: [RegistryOperation]
    /// The registry revision here up to which nothing else has changed.
    package var through: Int64
}

extension Store {
    // MARK: At the central

    /// The devices of an organization that changed after `revision`, removed ones included.
    package func registryPage(of organization: OrganizationID, after revision: Int64) async throws
        -> RegistryPage
    {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(DeviceRow.columns) FROM \(DeviceRow.source)
                    WHERE d.revision > ? AND d.organization = ? ORDER BY d.revision LIMIT ?
                    """, arguments: [revision, key, RegistryPage.limit])
            let records = try rows.map { try DeviceRow($0, organization: organization, sealer: sealer) }
            let isLast = records.count < RegistryPage.limit
            let newest = try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
            return RegistryPage(
                entries: records.map { RegistryEntry($0.device, isDeleted: $0.isDeleted) },
                revision: isLast ? newest : records.last?.revision ?? newest, isLast: isLast,
                format: SettingsKind.format, settingsRevision: try Self.settingsRevision(database))
        }
    }

    /// What came of one operation.
    package struct MergeOutcome: Sendable {
        package var device: DeviceID?
        package var action: AuditAction?
        /// Fields that stayed as they were here, because they were changed here too.
        package var kept: [String]
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
            guard !operation.isDeletion, var device = fresh else {
                return MergeOutcome(device: nil, action: nil, kept: [])
            }
            let earlier = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM device WHERE dev_eui = ? AND deleted_at IS NOT NULL",
                arguments: [Int64(bitPattern: operation.eui)])
            device.id = DeviceID(
                organization: organization, devEUI: device.devEUI, generation: earlier ?? 0)
            let unknown = try dropUnknownReferences(of: &device, from: nil, in: organization, database)
            try writer.insert(device)
            return MergeOutcome(device: device.id, action: .deviceRegister, kept: unknown)
        }
        let before = row.device
        if operation.isDeletion {
            // Who changed it here wanted it.
            let current = before.syncFields
            let changed = operation.from.filter { current[$0.key] != $0.value }.keys.sorted()
            if changed.isEmpty { try writer.delete(row, at: clock.now().wall) }
            return MergeOutcome(device: before.id, action: .deviceDelete, kept: changed)
        }
        var kept = operation.merge(into: &row.device)
        kept += try dropUnknownReferences(of: &row.device, from: before, in: organization, database)
        if row.device.syncFields != before.syncFields {
            row.device.updatedAt = clock.now().wall
            try writer.update(row, from: before)
        }
        return MergeOutcome(device: before.id, action: .deviceUpdate, kept: kept)
    }

    // MARK: At the gateway

    /// Puts a page of a central's registry in force, in one transaction with its revision. What was
    /// changed here and there since both agreed is as it is there.
    package func apply(_ page: RegistryPage, of upstream: Upstream) async throws {
        try await write { [self] database in
            let writer = DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
            for entry in page.entries {
                do {
                    try apply(entry, page.format ?? 1, in: upstream.organization, writer, database)
                } catch let error as EdgeError where error.code == .conflict {
                    // One device that cannot be here must not hold up the others.
                    logger.warning(
                        "a device of the central cannot be taken over",
                        metadata: ["device.id": "\(entry.id)", "error": "\(error.message)"])
                }
            }
            try database.execute(
                sql: "UPDATE upstream SET registry_revision = ? WHERE id = ?",
                arguments: [page.revision, upstream.id.rawValue])
        }
        try await noteRegistryChange()
    }

    private func apply(
        _ entry: RegistryEntry, _ format: Int, in organization: OrganizationID, _ writer: DeviceWriter,
        _ database: Database
    ) throws {
        let eui = EUI64(rawValue: entry.eui)
        guard var row = try liveDevice(entry.eui, in: organization, database) else {
            guard !entry.isDeleted else { return }
            let isRemoved = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM device WHERE id = ? AND deleted_at IS NOT NULL",
                arguments: [entry.id])
            // It was removed here; that goes up, and what comes back then is the truth.
            guard isRemoved != true else { return }
            var device = entry.device(in: organization)
            let unknown = try dropUnknownReferences(of: &device, from: nil, in: organization, database)
            try writer.insert(device)
            return try keepShadow(of: eui, entry.fields.filter { !unknown.contains($0.key) }, database)
        }
        if entry.isDeleted {
            guard row.device.id.rawValue == entry.id else { return }
            try writer.delete(row, at: clock.now().wall)
            return try dropShadow(of: eui, database)
        }
        let before = row.device
        let agreed = try shadow(of: eui, database) ?? [:]
        let current = before.syncFields
        for field in Set(current.keys).union(entry.fields.keys) where current[field] != entry.fields[field] {
            if format < 2, Device.laterSyncFields.contains(field) { continue }
            let isUnchangedThere = agreed[field] == entry.fields[field] && !agreed.isEmpty
            let isOwn = try entry.fields[field] == nil && isOwnReference(field, current[field], database)
            if !isUnchangedThere, !isOwn {
                row.device.setSyncField(field, entry.fields[field], entry.secrets)
            }
        }
        let unknown = try dropUnknownReferences(of: &row.device, from: before, in: organization, database)
        if row.device.id.rawValue != entry.id {
            row.device.id = DeviceID(entry.id)
            try database.execute(
                sql: "UPDATE device SET id = ? WHERE key = ?", arguments: [entry.id, row.key])
        }
        if row.device.id != before.id || row.device.syncFields != current {
            row.device.updatedAt = Timestamp(microseconds: entry.updatedAt)
            try writer.update(row, from: before)
        }
        try keepShadow(of: eui, entry.fields.filter { !unknown.contains($0.key) }, database)
    }

    /// What has changed here after `revision` and is not as the central had it, at most
    /// `RegistryOperation.limit` devices.
    ///
    /// `isLeading` says that the central is the one that the registry is shared with; to any other a device
    /// goes as a whole, so that it is registered there.
    package func outgoingOperations(
        _ organization: OrganizationID, after revision: Int64, isLeading: Bool
    ) async throws -> OutgoingOperations {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(DeviceRow.columns) FROM \(DeviceRow.source)
                    WHERE d.revision > ? AND d.organization = ? ORDER BY d.revision LIMIT ?
                    """, arguments: [revision, key, RegistryOperation.limit])
            let newest = try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
            var result = OutgoingOperations(operations: [], through: newest)
            var required = RequiredSettings(
                reader: SettingsReader(store: self, database: database, organization: key))
            for record in rows {
                let row = try DeviceRow(record, organization: organization, sealer: sealer)
                if rows.count == RegistryOperation.limit { result.through = row.revision }
                if var operation = try operation(row, isLeading: isLeading, database) {
                    operation.requires = try required.items(of: operation)
                    result.operations.append(operation)
                }
                if required.isHeavy {
                    result.through = row.revision
                    break
                }
            }
            return result
        }
    }

    private func operation(_ row: DeviceRow, isLeading: Bool, _ database: Database) throws
        -> RegistryOperation?
    {
        let device = row.device
        let agreed = isLeading ? try shadow(of: device.devEUI, database) : nil
        let id = "\(device.id)/\(row.revision)"
        if row.isDeleted {
            // Another device may have its DevEUI by now, and what was never there need not go.
            let isInUse = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM device WHERE dev_eui = ? AND deleted_at IS NULL",
                arguments: [Int64(bitPattern: device.devEUI.rawValue)])
            guard isInUse != true, let agreed else { return nil }
            return RegistryOperation(
                id: id, eui: device.devEUI.rawValue, isDeletion: true, from: agreed, to: [:],
                secrets: DeviceSecrets())
        }
        let (current, known) = (device.syncFields, agreed ?? [:])
        let changed = Set(current.keys).union(known.keys).filter { current[$0] != known[$0] }
        guard !changed.isEmpty else { return nil }
        return RegistryOperation(
            id: id, eui: device.devEUI.rawValue, isDeletion: false,
            from: known.filter { changed.contains($0.key) },
            to: current.filter { changed.contains($0.key) }, secrets: DeviceSecrets(device))
    }

    /// Everything up to here was merged at the central.
    package func noteOperations(through revision: Int64, of upstream: UpstreamID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE upstream SET operations_mark = ? WHERE id = ?",
                arguments: [revision, upstream.rawValue])
        }
    }

    // MARK: What both agreed on last

    private func shadow(of eui: EUI64, _ database: Database) throws -> [String: String]? {
        try String.fetchOne(
            database, sql: "SELECT fields FROM deviceShadow WHERE dev_eui = ?",
            arguments: [Int64(bitPattern: eui.rawValue)]
        ).map { try JSONColumn.value($0) }
    }

    private func keepShadow(of eui: EUI64, _ fields: [String: String], _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO deviceShadow VALUES (?, ?)",
            arguments: [Int64(bitPattern: eui.rawValue), try JSONColumn.text(fields)])
    }

    private func dropShadow(of eui: EUI64, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM deviceShadow WHERE dev_eui = ?",
            arguments: [Int64(bitPattern: eui.rawValue)])
    }

    private func liveDevice(_ eui: UInt64, in organization: OrganizationID, _ database: Database) throws
        -> DeviceRow?
    {
        try Row.fetchOne(
            database,
            sql: """
                SELECT \(DeviceRow.columns) FROM \(DeviceRow.source)
                JOIN organization o ON o.key = d.organization
                WHERE d.dev_eui = ? AND d.deleted_at IS NULL AND o.id = ?
                """, arguments: [Int64(bitPattern: eui), organization.rawValue]
        ).map { try DeviceRow($0, organization: organization, sealer: sealer) }
    }
}
