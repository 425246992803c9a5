import EdgeModel
import GRDB

/// Writes device rows and what repeats of them elsewhere: tags, counts, the revision.
struct DeviceWriter {
    let database: Database
    let sealer: KeySealer
    let organizations: OrganizationKeys

    func insert(_ device: Device) throws {
        let organization = try organizations.key(device.organization, in: database)
        let columns =
            try DeviceRow.values(of: device, sealer: sealer) + [
                ("id", device.id.rawValue), ("organization", organization),
                ("created_at", device.createdAt.microseconds), ("revision", try nextRevision()),
            ]
        let names = columns.map(\.0).joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        try conflictsExplained {
            try database.execute(
                sql: "INSERT INTO device (\(names)) VALUES (\(places))",
                arguments: StatementArguments(columns.map(\.1)))
        }
        try writeTags(of: device, key: database.lastInsertedRowID, organization: organization)
        try count(device.organization, by: 1)
    }

    /// Writes `row.device` over what was read as `before`.
    func update(_ row: DeviceRow, from before: Device) throws {
        let columns =
            try DeviceRow.values(of: row.device, sealer: sealer) + [("revision", try nextRevision())]
        let assignments = columns.map { "\($0.0) = ?" }.joined(separator: ", ")
        try conflictsExplained {
            try database.execute(
                sql: "UPDATE device SET \(assignments) WHERE key = ?",
                arguments: StatementArguments(columns.map(\.1) + [row.key]))
        }
        if row.device.allTags == before.allTags {
            try database.execute(
                sql: "UPDATE deviceTag SET name_folded = ?, updated_at = ? WHERE device = ?",
                arguments: [row.device.name.lowercased(), row.device.updatedAt.microseconds, row.key])
        } else {
            try database.execute(sql: "DELETE FROM deviceTag WHERE device = ?", arguments: [row.key])
            try writeTags(of: row.device, key: row.key, organization: row.organization)
        }
    }

    /// Leaves the row as a tombstone without its secrets, for the packets that refer to it.
    func delete(_ row: DeviceRow, at now: Timestamp) throws {
        try database.execute(
            sql: """
                UPDATE device SET deleted_at = ?, revision = ?, sealed_key = NULL,
                    sealed_lorawan = NULL, profile = NULL, codec = NULL WHERE key = ?
                """, arguments: [now.microseconds, try nextRevision(), row.key])
        for table in ["deviceTag", "lorawanSession", "lorawanJoin", "downlink"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE device = ?", arguments: [row.key])
        }
        try database.execute(
            sql: "DELETE FROM groupSession WHERE organization = ? AND dev_eui = ?",
            arguments: [row.organization, Int64(bitPattern: row.device.devEUI.rawValue)])
        try count(row.device.organization, by: -1)
    }

    /// Makes a device of a tombstone again: `device`, which has its identifier.
    func revive(_ key: Int64, as device: Device) throws {
        let columns =
            try DeviceRow.values(of: device, sealer: sealer) + [
                ("created_at", device.createdAt.microseconds), ("revision", try nextRevision()),
            ]
        let assignments = columns.map { "\($0.0) = ?" }.joined(separator: ", ")
        try conflictsExplained {
            try database.execute(
                sql: "UPDATE device SET deleted_at = NULL, \(assignments) WHERE key = ?",
                arguments: StatementArguments(columns.map(\.1) + [key]))
        }
        let organization = try organizations.key(device.organization, in: database)
        try writeTags(of: device, key: key, organization: organization)
        try count(device.organization, by: 1)
    }

    /// Gives a device another identifier. A tombstone that has it gets the one before.
    func rename(_ key: Int64, from before: DeviceID, to id: DeviceID) throws {
        let tombstone = try Int64.fetchOne(
            database, sql: "SELECT key FROM device WHERE id = ? AND deleted_at IS NOT NULL",
            arguments: [id.rawValue])
        for (name, row) in [("\(id)/\(key)", tombstone), (id.rawValue, key), (before.rawValue, tombstone)] {
            guard let row else { continue }
            try conflictsExplained {
                try database.execute(sql: "UPDATE device SET id = ? WHERE key = ?", arguments: [name, row])
            }
        }
    }

    private func writeTags(of device: Device, key: Int64, organization: Int64) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO deviceTag
                    (device, name, value, organization, name_folded, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        for (name, value) in device.allTags {
            try statement.execute(arguments: [
                key, name, value, organization, device.name.lowercased(),
                device.createdAt.microseconds, device.updatedAt.microseconds,
            ])
        }
    }

    private func count(_ organization: OrganizationID, by change: Int) throws {
        try database.execute(
            sql: "UPDATE organization SET device_count = device_count + ? WHERE id = ?",
            arguments: [change, organization.rawValue])
    }

    private func nextRevision() throws -> Int64 {
        (try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0) + 1
    }

    private func conflictsExplained(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            let message = error.message ?? ""
            if message.contains("device.dev_eui") {
                throw EdgeError(.conflict, "Device with this dev_eui already exists", cause: error)
            }
            if message.contains("device.network_id") {
                throw EdgeError(.conflict, "Device with this network_id already exists", cause: error)
            }
            if message.contains("device.id") {
                throw EdgeError(.conflict, "Device with this id already exists", cause: error)
            }
            if message.contains("FOREIGN KEY") {
                throw EdgeError(.conflict, "The profile or the codec has just been deleted", cause: error)
            }
            throw error
        }
    }
}
