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
            var reader = RegisteredDeviceReader(store: self, database: database)
            let devices = try reader.devices(
                where: "d.revision > ? ORDER BY d.revision LIMIT ?", [revision, limit])
            return (devices, reader.revision ?? revision)
        }
    }

    /// Those of these devices that there are, deleted ones included.
    package func registered(_ devices: [DeviceHandle]) async throws -> [RegisteredDevice] {
        try await read { [self] database in
            var reader = RegisteredDeviceReader(store: self, database: database)
            return try devices.flatMap { try reader.devices(where: "d.key = ?", [$0.row]) }
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

/// Reads registered devices with their profiles, each profile once.
private struct RegisteredDeviceReader {
    let store: Store
    let database: Database
    /// Of the device that was read last.
    var revision: Int64?
    private var profiles: [DeviceProfileID: DeviceProfile] = [:]

    init(store: Store, database: Database) {
        self.store = store
        self.database = database
    }

    mutating func devices(where condition: String, _ arguments: StatementArguments) throws
        -> [RegisteredDevice]
    {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT \(DeviceRow.columns), a.frame_counter, a.frame_counter_at, o.id AS organization_id
                    FROM \(DeviceRow.source) JOIN organization o ON o.key = d.organization
                    WHERE \(condition)
                    """), arguments: arguments)
        var devices: [RegisteredDevice] = []
        while let row = try rows.next() { devices.append(try device(row)) }
        return devices
    }

    private mutating func device(_ row: Row) throws -> RegisteredDevice {
        let record = try DeviceRow(
            row, organization: OrganizationID(row["organization_id"]), sealer: store.sealer)
        revision = record.revision
        let counter = frameCounter(of: record.key, row)
        if let id = record.device.profile, profiles[id] == nil {
            profiles[id] = try DeviceProfileRow.fetch(id, database)
        }
        return RegisteredDevice(
            handle: DeviceHandle(row: record.key, organization: record.organization),
            device: record.device, isDeleted: record.isDeleted,
            frameCounter: counter.flatMap { UInt32(exactly: $0) },
            profile: record.device.profile.flatMap { profiles[$0] })
    }

    /// What is not written yet, unless it came from another machine and is older than what is.
    private func frameCounter(of device: Int64, _ row: Row) -> Int64? {
        let written: Int64? = row["frame_counter"]
        guard let recent = store.activity[device], let counter = recent.frameCounter else { return written }
        guard let at = recent.frameCounterAt, !at.isOwn, let writtenAt = row["frame_counter_at"] as Int64?
        else { return counter }
        return at.time.microseconds >= writtenAt ? counter : written
    }
}
