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
    /// Puts a page of a central's registry in force, in one transaction with its revision. What was
    /// changed here and there since both agreed is as it is there.
    package func apply(_ page: RegistryPage, of upstream: Upstream) async throws {
        try await write { [self] database in
            let writer = DeviceWriter(database: database, sealer: sealer, organizations: organizationKeys)
            for entry in page.entries {
                do {
                    try apply(entry, page.format ?? 1, of: upstream, writer, database)
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
        _ entry: RegistryEntry, _ format: Int, of upstream: Upstream, _ writer: DeviceWriter,
        _ database: Database
    ) throws {
        let (eui, organization) = (EUI64(rawValue: entry.eui), upstream.organization)
        guard var row = try liveDevice(entry.eui, in: organization, database) else {
            guard !entry.isDeleted else { return }
            var device = entry.device(in: organization)
            let unknown = try dropUnknownReferences(of: &device, from: nil, in: organization, database)
            let removed = try Row.fetchOne(
                database, sql: "SELECT key, revision FROM device WHERE id = ? AND deleted_at IS NOT NULL",
                arguments: [entry.id])
            if let removed {
                let revision: Int64 = removed["revision"]
                // A removal that has not gone up goes before.
                guard revision <= upstream.operationsMark else { return }
                try writer.revive(removed["key"], as: device)
                try auditor.append(
                    AuditNote(
                        .deviceRegister, by: .gateway, at: clock.now().wall, in: organization,
                        object: entry.id, detail: "was removed, and is back: the central has it"),
                    in: database)
            } else {
                try writer.insert(device)
            }
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
            try writer.rename(row.key, from: before.id, to: row.device.id)
        }
        if row.device.id != before.id || row.device.syncFields != current {
            row.device.updatedAt = Timestamp(microseconds: entry.updatedAt)
            try writer.update(row, from: before)
        }
        try keepShadow(of: eui, entry.fields.filter { !unknown.contains($0.key) }, database)
    }

    /// What has changed here after `revision` and is not as the central had it, at most
    /// `RegistryOperation.limit` devices. `newHistory` names the central's history while what is in force
    /// here is of another: every device goes then, as a whole.
    ///
    /// `isLeading` says that the central is the one that the registry is shared with; to any other a device
    /// goes as a whole, so that it is registered there.
    package func outgoingOperations(
        _ organization: OrganizationID, after revision: Int64, isLeading: Bool, newHistory: String? = nil
    ) async throws -> OutgoingOperations {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try changedDevices(
                of: (organization, key), after: revision, limit: RegistryOperation.limit, database)
            let newest = try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
            var result = OutgoingOperations(operations: [], through: newest)
            var required = RequiredSettings(
                reader: SettingsReader(store: self, database: database, organization: key))
            for row in rows {
                if rows.count == RegistryOperation.limit { result.through = row.revision }
                if var operation = try operation(row, isLeading, newHistory, database) {
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

    private func operation(
        _ row: DeviceRow, _ isLeading: Bool, _ newHistory: String?, _ database: Database
    ) throws -> RegistryOperation? {
        let device = row.device
        let agreed = isLeading ? try shadow(of: device.devEUI, database) : nil
        let id = "\(device.id)/\(row.revision)" + (newHistory.map { "/\($0)" } ?? "")
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
        if newHistory != nil {
            var operation = RegistryOperation(
                id: id, eui: device.devEUI.rawValue, isDeletion: false, from: known, to: current,
                secrets: DeviceSecrets(device))
            operation.device = device.id.rawValue
            return operation
        }
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
}
