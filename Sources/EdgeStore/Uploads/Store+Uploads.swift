package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

/// A batch, or a part of one, that waits in the spool for the pipeline.
package struct SpooledUpload: Sendable {
    package var key: Int64
    package var name: UploadName
    package var sightings: [ForeignSighting]
    package var uploadedAt: ClockReading
    /// The boot that `uploadedAt.monotonic` belongs to.
    package var boot: Int64
    let organization: Int64

    /// Whether a device belongs to the organization that sent this.
    package func isOfOwner(_ device: DeviceHandle) -> Bool { device.organization == organization }
}

extension Store {
    /// Sightings in one row of the spool: what one commit of the pipeline takes.
    package static let uploadPartLength = 500
    /// Parts that may wait. Beyond it the disk is taken to be full, rather than filled.
    package static let uploadsWaitingLimit = 20_000
    /// How long, and how many, batches that are recorded are remembered.
    private static let uploadMemory = Duration.seconds(86_400)
    private static let uploadMemoryLimit = 200_000

    /// Puts a batch into the spool: when this returns, it is on the disk, and the pipeline will take
    /// it also after a crash. A batch that is here already is not taken again.
    ///
    /// Throws `storageFull` when too much waits or the disk is full.
    package func spool(_ batch: UploadBatch, at now: ClockReading) async throws -> UploadReceipt {
        let parts = try Self.parts(of: batch.sightings)
        let rejections = try JSONColumn.text(batch.rejections)
        let boot = writerState.withLock { $0.boot }
        let seen = try JSONColumn.text(BootMoment(boot: boot, at: now))
        return try await write { [self] database in
            if let receipt = try Self.receipt(of: batch.name, in: database) { return receipt }
            let waiting = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM upload WHERE sightings IS NOT NULL")
            guard (waiting ?? 0) + parts.count <= Self.uploadsWaitingLimit else {
                throw EdgeError(.storageFull, "The spool for uploads is full; nothing was stored")
            }
            let organization = try organizationKeys.key(batch.organization, in: database)
            for (number, part) in parts.enumerated() {
                try database.execute(
                    sql: """
                        INSERT INTO upload (gateway, batch_id, part, organization, accepted, rejections,
                            sightings, uploaded_at, boot, monotonic)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        batch.name.gateway.rawValue, batch.name.batchID, number, organization,
                        batch.sightings.count, rejections, part, now.wall.microseconds, boot,
                        Int64(clamping: now.monotonic.nanoseconds),
                    ])
            }
            let receipt = UploadReceipt(
                accepted: batch.sightings.count, rejections: batch.rejections, isRepeat: false)
            try database.execute(
                sql: """
                    UPDATE uploadingGateway SET batches = batches + 1, accepted = accepted + ?,
                        rejected = rejected + ?, last_seen = ? WHERE id = ?
                    """,
                arguments: [receipt.accepted, receipt.rejected, seen, batch.name.gateway.rawValue])
            afterCommit { [self] in
                uploadsSpooled.wrappingAdd(1, ordering: .releasing)
            }
            return receipt
        }
    }

    /// Changes with every batch that was spooled.
    package var uploadsRevision: Int64 { uploadsSpooled.load(ordering: .acquiring) }

    /// The parts that wait, oldest first, at most `limit`. One that cannot be read is given up and
    /// counted.
    package func spooledUploads(limit: Int) async throws -> [SpooledUpload] {
        let rows = try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT key, gateway, batch_id, organization, sightings, uploaded_at, boot, monotonic
                    FROM upload WHERE sightings IS NOT NULL ORDER BY key LIMIT ?
                    """, arguments: [limit]
            ).map { (key: $0["key"] as Int64, upload: Self.upload($0)) }
        }
        for row in rows where row.upload == nil { try await giveUp(row.key) }
        return rows.compactMap(\.upload)
    }

    /// How many parts wait.
    package func uploadsWaiting() async throws -> Int {
        try await read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM upload WHERE sightings IS NOT NULL") ?? 0
        }
    }

    /// Takes a part out of the spool, in the transaction that records what was in it.
    static func finish(upload key: Int64, in database: Database) throws {
        try database.execute(sql: "UPDATE upload SET sightings = NULL WHERE key = ?", arguments: [key])
    }

    /// Forgets batches that nobody sends again. Returns how many.
    static func forgetUploads(_ database: Database, now: Timestamp, clockIsGood: Bool, step: Int) throws
        -> Int
    {
        let surplus =
            (try Int.fetchOne(database, sql: "SELECT count(*) FROM upload") ?? 0) - uploadMemoryLimit
        let oldest = now.advanced(byMicroseconds: -uploadMemory.microseconds)
        try database.execute(
            sql: """
                DELETE FROM upload WHERE key IN (
                    SELECT key FROM upload ORDER BY key LIMIT ?1)
                    AND sightings IS NULL AND (uploaded_at < ?2 OR ?3)
                """,
            arguments: [
                surplus > 0 ? min(surplus, step) : step, clockIsGood ? oldest.microseconds : 0, surplus > 0,
            ])
        return database.changesCount
    }

    private func giveUp(_ key: Int64) async throws {
        try await write { try Self.finish(upload: key, in: $0) }
        try await noteDiscard("upload_damaged", count: 1)
    }

    private static func parts(of sightings: [ForeignSighting]) throws -> [Data?] {
        // A batch of which nothing is left is remembered all the same.
        guard !sightings.isEmpty else { return [nil] }
        return try stride(from: 0, to: sightings.count, by: uploadPartLength).map { begin in
            let part = sightings[begin..<min(begin + uploadPartLength, sightings.count)]
            return try JSONEncoder().encode(part.map(SpooledSighting.init))
        }
    }

    private static func receipt(of name: UploadName, in database: Database) throws -> UploadReceipt? {
        try Row.fetchOne(
            database,
            sql: "SELECT accepted, rejections FROM upload WHERE gateway = ? AND batch_id = ? LIMIT 1",
            arguments: [name.gateway.rawValue, name.batchID]
        ).map { row in
            UploadReceipt(
                accepted: row["accepted"], rejections: try JSONColumn.value(row["rejections"]),
                isRepeat: true)
        }
    }

    private static func upload(_ row: Row) -> SpooledUpload? {
        let data: Data = row["sightings"]
        guard let sightings = try? JSONDecoder().decode([SpooledSighting].self, from: data) else {
            return nil
        }
        return SpooledUpload(
            key: row["key"],
            name: UploadName(gateway: GatewayID(row["gateway"]), batchID: row["batch_id"]),
            sightings: sightings.map(\.sighting),
            uploadedAt: ClockReading(
                wall: Timestamp(microseconds: row["uploaded_at"]),
                monotonic: MonotonicInstant(nanoseconds: UInt64(clamping: row["monotonic"] as Int64))),
            boot: row["boot"], organization: row["organization"])
    }
}
