package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

/// Frames that nobody could open, between a gateway and its central.
extension Store {
    // MARK: At the gateway

    /// Frames that have not gone to the upstream's central, at most `limit`, and the number of the last.
    /// `epoch` is the central's history.
    package func outgoingRawFrames(to upstream: UpstreamID, epoch: String, limit: Int) async throws -> (
        batch: RawFrameBatch, through: Int64
    ) {
        try await read { [self] database in
            let reader = PacketReader(database, gatewayNames)
            let mark = try Row.fetchOne(
                database, sql: "SELECT raw_epoch, raw_mark FROM upstream WHERE id = ?",
                arguments: [upstream.rawValue])
            let number: Int64 = mark?["raw_epoch"] == epoch ? mark?["raw_mark"] ?? 0 : 0
            var (frames, through): ([RawFrameBatch.Frame], Int64) = ([], number)
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM rawFrame WHERE key > ? ORDER BY key LIMIT ?",
                arguments: [number, limit])
            for row in rows {
                through = row["key"]
                var frame = RawFrameBatch.Frame(
                    kind: row["kind"], lookup: UInt64(bitPattern: row["lookup"] as Int64),
                    bytes: row["frame"], gateway: try reader.gateway(row["gateway"]).rawValue,
                    firstAt: row["first_at"], lastAt: row["last_at"], count: row["count"],
                    clockQuality: row["clock_quality"])
                frame.rssi = row["rssi"]
                frame.snr = row["snr"]
                frame.frequency = row["frequency"]
                frame.dataRate = row["data_rate"]
                (frame.latitude, frame.longitude) = (row["latitude"], row["longitude"])
                frames.append(frame)
            }
            return (RawFrameBatch(frames: frames), through)
        }
    }

    /// The frames up to `number` are at the central. One whose number became free meanwhile is not.
    package func noteRawFrames(through number: Int64, epoch: String, of upstream: UpstreamID) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE upstream SET raw_epoch = ?,
                        raw_mark = min(?, (SELECT coalesce(max(key), 0) FROM rawFrame)) WHERE id = ?
                    """, arguments: [epoch, number, upstream.rawValue])
        }
    }

    /// False when there is no such upstream.
    package func setSendsRawFrames(_ sends: Bool, upstream id: UpstreamID, audit: AuditNote?) async throws
        -> Bool
    {
        let isThere = try await write { [auditor] database in
            try database.execute(
                sql: "UPDATE upstream SET sends_raw_frames = ? WHERE id = ?", arguments: [sends, id.rawValue])
            guard database.changesCount > 0 else { return false }
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return true
        }
        noteUpstreamChange()
        return isThere
    }

    // MARK: At the central

    /// Keeps frames as if they had been heard here, each once: they are opened when their device is
    /// registered.
    package func keep(_ frames: [RawFrame]) async throws {
        try await write { [self] database in
            let progress = writerState.withLock {
                PacketWriter.Progress(sequence: $0.sequence, gateways: $0.gateways)
            }
            // The monotonic times of another machine mean nothing here.
            let writer = PacketWriter(database: database, boot: 0, progress: progress)
            for frame in frames { try writer.keepOnce(frame) }
            afterCommit { [gateways = writer.progress.gateways] in
                self.writerState.withLock { $0.gateways = gateways }
            }
        }
    }
}
