package import EdgeModel
import GRDB

extension Store {
    /// The registered devices of `set` behind a row, oldest first.
    package func devices(
        of organization: OrganizationID, in set: DeviceSet, after row: Int64, limit: Int
    ) async throws -> [ActiveDevice] {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT d.key, d.id, d.name, a.last_seen_at
                    FROM device d LEFT JOIN deviceActivity a ON a.device = d.key
                    WHERE d.organization = ? AND d.deleted_at IS NULL AND d.key > ? ORDER BY d.key
                    """, arguments: [key, row])
            var found: [ActiveDevice] = []
            while found.count < limit, let row = try rows.next() {
                let device: Int64 = row["key"]
                guard set.contains(device) else { continue }
                let written = (row["last_seen_at"] as Int64?).map(Timestamp.init(microseconds:))
                let recent = activity[device]?.lastSeenAt
                found.append(
                    ActiveDevice(
                        row: device, id: DeviceID(row["id"]), name: row["name"],
                        lastSeenAt: [written, recent].compactMap(\.self).max()))
            }
            return found
        }
    }
}
