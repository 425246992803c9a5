package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// Lines that the frame log keeps; older ones go.
    package static let frameLogLimit = 100_000

    /// Writes what the network server has decided, all or nothing: when this returns, it is on the disk.
    package func commit(_ changes: NetworkChanges) async throws {
        guard !changes.isEmpty else { return }
        try await write { [self] database in
            let writer = NetworkWriter(
                database: database, sealer: sealer, boot: writerState.withLock { $0.boot }, clock: clock)
            for (device, sessions) in changes.sessions { try writer.write(sessions, of: device) }
            for (device, claims) in changes.claims { try writer.write(claims: claims, of: device) }
            for (device, state) in changes.joins { try writer.write(joins: state, of: device) }
            for (id, progress) in changes.downlinks { try writer.write(progress, of: id) }
            try writer.log(changes.frames, limit: Self.frameLogLimit)
        }
        if !changes.frames.isEmpty { frameLogged.raise() }
        if !changes.sessions.isEmpty || !changes.claims.isEmpty {
            sessionChanges.wrappingAdd(1, ordering: .releasing)
            self.changes.raise()
        }
    }

    /// What is kept for these devices. Those for which there is nothing are left out.
    package func networkState(of devices: [DeviceHandle]) async throws -> [DeviceHandle: NetworkState] {
        try await read { [sealer] database in
            try NetworkReader(database: database, sealer: sealer).states(of: devices)
        }
    }

    /// The sessions of a device, newest first, without their keys; nil when there is no such device.
    package func sessionSummaries(of device: DeviceID, in organization: OrganizationID) async throws
        -> [LoRaWANSession.Summary]?
    {
        try await read { [self] database in
            guard let handle = try handle(of: device, in: organization, database) else { return nil }
            let texts = try String.fetchAll(
                database, sql: "SELECT summary FROM lorawanSession WHERE device = ? ORDER BY number DESC",
                arguments: [handle.row])
            return try texts.map { try JSONColumn.value($0) }
        }
    }

    /// How the network server knows a device; nil when there is no such device in the organization.
    package func handle(of device: DeviceID, in organization: OrganizationID) async throws -> DeviceHandle? {
        try await read { [self] database in try handle(of: device, in: organization, database) }
    }

    func handle(of device: DeviceID, in organization: OrganizationID, _ database: Database) throws
        -> DeviceHandle?
    {
        guard !device.rawValue.utf8.contains(0) else { return nil }
        return try Row.fetchOne(
            database,
            sql: """
                SELECT d.key, d.organization FROM device d JOIN organization o ON o.key = d.organization
                WHERE d.id = ? AND d.deleted_at IS NULL AND o.id = ?
                """, arguments: [device.rawValue, organization.rawValue]
        ).map { DeviceHandle(row: $0["key"], organization: $0["organization"]) }
    }
}
