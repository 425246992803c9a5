package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// Downlinks that may wait for one device.
    package static let downlinkLimit = 64
    /// Finished downlinks that are remembered for one device.
    private static let downlinkMemory = 200

    /// Now, as it still means something after a restart.
    package func bootMoment() -> BootMoment {
        BootMoment(boot: writerState.withLock { $0.boot }, at: clock.now())
    }

    /// Puts a downlink into the device's queue; nil when there is no such device in the organization.
    /// Throws `conflict` when too many wait.
    package func enqueue(_ downlink: Downlink, in organization: OrganizationID, audit: AuditNote) async throws
        -> DeviceHandle?
    {
        try await write { [self] database in
            guard let handle = try handle(of: downlink.device, in: organization, database) else { return nil }
            let waiting = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM downlink WHERE device = ? AND is_finished = 0",
                arguments: [handle.row])
            guard (waiting ?? 0) < Self.downlinkLimit else {
                throw EdgeError(.conflict, "\(Self.downlinkLimit) downlinks wait for this device already")
            }
            try insert(downlink, for: handle, database)
            try forgetFinished(of: handle, database)
            try auditor.append(audit, in: database)
            return handle
        }
    }

    private func insert(_ downlink: Downlink, for device: DeviceHandle, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO downlink (id, device, f_port, payload, is_confirmed, priority, lifetime,
                    created_at, state, reason, attempts, frame_counter, changed_at, is_finished)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
                """,
            arguments: [
                downlink.id.rawValue, device.row, downlink.fPort, Data(downlink.payload),
                downlink.isConfirmed, downlink.priority, downlink.lifetime.map(\.microseconds),
                try JSONColumn.text(downlink.createdAt), downlink.progress.state.rawValue,
                downlink.progress.reason, downlink.progress.attempts, downlink.progress.frameCounter,
                downlink.progress.changedAt.microseconds,
            ])
    }

    private func forgetFinished(of device: DeviceHandle, _ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM downlink WHERE device = ?1 AND is_finished = 1 AND key <= (
                    SELECT key FROM downlink WHERE device = ?1 AND is_finished = 1
                    ORDER BY key DESC LIMIT 1 OFFSET \(Self.downlinkMemory))
                """, arguments: [device.row])
    }

    /// Takes back what waits: one downlink, or all of the device. Returns those that were taken back;
    /// nil when there is no such device.
    package func cancelDownlinks(
        of device: DeviceID, _ id: DownlinkID?, in organization: OrganizationID, audit: AuditNote
    ) async throws -> (device: DeviceHandle, cancelled: [DownlinkID])? {
        let now = clock.now().wall
        return try await write { [self] database in
            guard let handle = try handle(of: device, in: organization, database) else { return nil }
            let cancelled = try String.fetchAll(
                database,
                sql: """
                    UPDATE downlink SET state = 'cancelled', changed_at = ?1, is_finished = 1
                    WHERE device = ?2 AND is_finished = 0 AND (?3 IS NULL OR id = ?3) RETURNING id
                    """, arguments: [now.microseconds, handle.row, id?.rawValue])
            if !cancelled.isEmpty { try auditor.append(audit.naming(cancelled), in: database) }
            return (handle, cancelled.map(DownlinkID.init))
        }
    }

    /// The downlinks of a device, those that wait first in their order, then the finished ones, newest
    /// first; at most `downlinkLimit` and the memory of the finished. Nil when there is no such device.
    package func downlinks(of device: DeviceID, in organization: OrganizationID) async throws -> [Downlink]? {
        try await read { [self] database in
            guard let handle = try handle(of: device, in: organization, database) else { return nil }
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT \(DownlinkRow.columns) FROM \(DownlinkRow.source) WHERE l.device = ?
                    ORDER BY l.is_finished,
                        CASE WHEN l.is_finished THEN 0 ELSE -l.priority END,
                        CASE WHEN l.is_finished THEN -l.key ELSE l.key END
                    LIMIT \(Self.downlinkLimit + Self.downlinkMemory)
                    """, arguments: [handle.row]
            ).map(DownlinkRow.downlink)
        }
    }

    /// Nil when the device has no such downlink.
    package func downlink(_ id: DownlinkID, of device: DeviceID, in organization: OrganizationID) async throws
        -> Downlink?
    {
        guard !id.rawValue.utf8.contains(0) else { return nil }
        return try await read { [self] database in
            guard let handle = try handle(of: device, in: organization, database) else { return nil }
            return try Row.fetchOne(
                database,
                sql: """
                    SELECT \(DownlinkRow.columns) FROM \(DownlinkRow.source)
                    WHERE l.id = ? AND l.device = ?
                    """, arguments: [id.rawValue, handle.row]
            ).map(DownlinkRow.downlink)
        }
    }
}
