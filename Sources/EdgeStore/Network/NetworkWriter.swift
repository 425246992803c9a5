import EdgeModel
import FoundationEssentials
import GRDB

/// Writes what the network server has decided, within one transaction.
struct NetworkWriter {
    let database: Database
    let sealer: KeySealer
    let boot: Int64
    let clock: EdgeClock

    static func sessionContext(_ device: DeviceHandle, _ number: UInt32) -> String {
        "lorawan session \(device.row)/\(number)"
    }
    static func joinContext(_ device: DeviceHandle) -> String { "lorawan joins \(device.row)" }

    func write(_ sessions: [UInt32: LoRaWANSession?], of device: DeviceHandle) throws {
        for (number, session) in sessions {
            guard let session else {
                try database.execute(
                    sql: "DELETE FROM lorawanSession WHERE device = ? AND number = ?",
                    arguments: [device.row, number])
                continue
            }
            let sealed = try sealer.seal(
                session.state.bytes, context: Self.sessionContext(device, number))
            // A device may have been deleted meanwhile.
            try database.cachedStatement(
                sql: """
                    INSERT INTO lorawanSession (device, number, sealed_state, summary, shape, reserved)
                    SELECT key, ?2, ?3, ?4, ?5, ?6 FROM device WHERE key = ?1 AND deleted_at IS NULL
                    ON CONFLICT (device, number) DO UPDATE SET sealed_state = excluded.sealed_state,
                        summary = excluded.summary, shape = excluded.shape, reserved = excluded.reserved
                    """
            ).execute(arguments: [
                device.row, number, Data(sealed), try JSONColumn.text(session.summary),
                session.shape.map(Int64.init(bitPattern:)), session.reservedCounters,
            ])
        }
    }

    func write(claims: [UInt32: UInt32], of device: DeviceHandle) throws {
        for (number, counter) in claims {
            try database.cachedStatement(
                sql: """
                    UPDATE sharedSession SET claimed_since = ?3 WHERE device = ?1 AND number = ?2
                        AND is_elsewhere AND claimed_since IS NULL AND quiet_below <= ?3
                    """
            ).execute(arguments: [device.row, number, counter])
        }
    }

    func write(joins state: SecretBytes, of device: DeviceHandle) throws {
        let sealed = try sealer.seal(state.bytes, context: Self.joinContext(device))
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO lorawanJoin (device, sealed_state)
                SELECT key, ?2 FROM device WHERE key = ?1 AND deleted_at IS NULL
                """
        ).execute(arguments: [device.row, Data(sealed)])
    }

    /// What is finished stays as it is: an owner may have cancelled what was just being sent.
    func write(_ progress: Downlink.Progress, of id: DownlinkID) throws {
        let isFinished = """
            CASE ?2 WHEN 'queued' THEN 0 WHEN 'sent' THEN NOT is_confirmed ELSE 1 END
            """
        try database.cachedStatement(
            sql: """
                UPDATE downlink SET state = ?2, reason = ?3, attempts = ?4, frame_counter = ?5,
                    changed_at = ?6, is_finished = \(isFinished)
                WHERE id = ?1 AND is_finished = 0
                """
        ).execute(arguments: [
            id.rawValue, progress.state.rawValue, progress.reason, progress.attempts,
            progress.frameCounter, progress.changedAt.microseconds,
        ])
        guard database.changesCount == 0, progress.attempts > 0 else { return }
        // What a gateway had when its owner took it back was sent all the same.
        try database.cachedStatement(
            sql: """
                UPDATE downlink SET attempts = max(attempts, ?2), frame_counter = coalesce(?3, frame_counter)
                WHERE id = ?1 AND state = 'cancelled'
                """
        ).execute(arguments: [id.rawValue, progress.attempts, progress.frameCounter])
    }

    func log(_ frames: [(device: DeviceHandle?, frame: LoggedFrame)], limit: Int) throws {
        guard !frames.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO frameLog (organization, device, kind, at, clock_quality, boot, monotonic, gateway,
                    frequency, data_rate, rssi, snr, power, frame, frame_counter, f_port, commands, note)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for (device, frame) in frames {
            try statement.execute(arguments: [
                device?.organization, device?.row, frame.kind.rawValue, frame.at.wall.microseconds,
                clock.quality(of: frame.at.wall).rawValue, boot,
                Int64(clamping: frame.at.monotonic.nanoseconds), frame.gateway?.rawValue,
                frame.radio?.frequency, frame.radio?.dataRate, frame.radio?.rssi, frame.radio?.snr,
                frame.radio?.power, frame.frame.isEmpty ? nil : Data(frame.frame), frame.frameCounter,
                frame.fPort, frame.commands.isEmpty ? nil : try JSONColumn.text(frame.commands), frame.note,
            ])
        }
        try database.execute(
            sql: "DELETE FROM frameLog WHERE number <= ?",
            arguments: [database.lastInsertedRowID - Int64(limit)])
    }
}
