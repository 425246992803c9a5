package import EdgeModel
import GRDB

/// A registered device as the pipeline needs it.
package struct RegisteredDevice: Sendable {
    package var handle: DeviceHandle
    package var device: Device
    /// The device is gone from the registry.
    package var isDeleted: Bool
    /// LoRaWAN: the last uplink frame counter that was accepted.
    package var frameCounter: UInt32?
    package var profile: DeviceProfile?
}

extension Store {
    /// What changed in the registry after `revision`: at most `limit` devices in the order of
    /// their changes, and the revision to continue from. Deleted devices are among them.
    package func registryChanges(after revision: Int64, limit: Int) async throws -> (
        devices: [RegisteredDevice], revision: Int64
    ) {
        try await read { [self] database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(DeviceRow.columns), a.frame_counter, o.id AS organization_id
                    FROM \(DeviceRow.source) JOIN organization o ON o.key = d.organization
                    WHERE d.revision > ? ORDER BY d.revision LIMIT ?
                    """, arguments: [revision, limit])
            var devices: [RegisteredDevice] = []
            var profiles: [DeviceProfileID: DeviceProfile] = [:]
            var latest = revision
            while let row = try rows.next() {
                let record = try DeviceRow(
                    row, organization: OrganizationID(row["organization_id"]), sealer: sealer)
                latest = record.revision
                let counter = activity[record.key]?.frameCounter ?? row["frame_counter"] as Int64?
                if let id = record.device.profile, profiles[id] == nil {
                    profiles[id] = try DeviceProfileRow.fetch(id, database)
                }
                devices.append(
                    RegisteredDevice(
                        handle: DeviceHandle(row: record.key, organization: record.organization),
                        device: record.device, isDeleted: record.isDeleted,
                        frameCounter: counter.flatMap { UInt32(exactly: $0) },
                        profile: record.device.profile.flatMap { profiles[$0] }))
            }
            return (devices, latest)
        }
    }

    /// Remembers what a packet that opened has told about its device. Does not count as a change
    /// that the owner made.
    package func remember(
        _ rotation: EIDRotation, encryption: HubbleEncryption?, platform: Platform, of device: DeviceHandle
    ) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE device SET counter_source = coalesce(?, counter_source),
                        period_exponent = coalesce(?, period_exponent),
                        encryption = coalesce(?, encryption), platform = ? WHERE key = ?
                    """,
                arguments: [
                    rotation.counterSource?.rawValue, rotation.periodExponent, encryption?.rawValue,
                    platform.rawValue, device.row,
                ])
            try database.execute(
                sql: "UPDATE deviceTag SET value = ? WHERE device = ? AND name = ? AND value <> ?",
                arguments: [platform.name, device.row, Device.platformTag, platform.name])
        }
    }

    /// The registry revision up to which raw frames were tried with the keys there are.
    package func rawFramesTriedThrough() async throws -> Int64 {
        try await read { database in
            try Int64.fetchOne(
                database, sql: "SELECT value FROM property WHERE name = 'raw_tried_through'") ?? 0
        }
    }

    package func setRawFramesTriedThrough(_ revision: Int64) async throws {
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO property VALUES ('raw_tried_through', ?)",
                arguments: [revision])
        }
    }
}
