package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// Packets that may wait for their devices; more are dropped and counted.
    package static let pendingLimit = 200_000
    /// Contradictions that are listed for one gateway; all are counted.
    static let conflictLimit = 1_000

    /// Takes over batches of gateways in one transaction: when this returns, what it confirms is on the
    /// disk. Each batch succeeds or fails by itself, wholly; throws, and nothing is stored, when the
    /// transaction fails.
    package func receive(_ batches: [(batch: SyncBatch, gateway: GatewayID)]) async throws
        -> [Result<SyncReceipt, EdgeError>]
    {
        let now = clock.now()
        return try await write { [self] database in
            let (boot, progress) = writerState.withLock { state in
                (state.boot, PacketWriter.Progress(sequence: state.sequence, gateways: state.gateways))
            }
            var receiver = BatchReceiver(
                store: self, database: database, now: now.wall,
                writer: PacketWriter(database: database, boot: boot, progress: progress))
            var results: [Result<SyncReceipt, EdgeError>] = []
            for (batch, gateway) in batches {
                do {
                    results.append(.success(try receiver.receive(batch, from: gateway)))
                } catch let error as EdgeError {
                    results.append(.failure(error))
                }
            }
            try receiver.writer.finish()
            try flushActivityIfDue(database, at: now.monotonic)
            // On the writer's queue, so that no other transaction can come between.
            let (reached, taken, recorded) = (receiver.writer.progress, receiver.taken, receiver.recorded)
            afterCommit {
                self.commit(reached, taken, recorded, at: now.monotonic)
            }
            return results
        }
    }

    /// Stores packets that waited for devices which are registered now, at most `limit`. Returns how many.
    package func settlePending(limit: Int = 500) async throws -> Int {
        let now = clock.now()
        return try await write { [self] database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT p.key, p.row, p.organization FROM pendingPacket p
                    JOIN device d ON d.dev_eui = p.dev_eui AND d.organization = p.organization
                        AND d.deleted_at IS NULL ORDER BY p.key LIMIT ?
                    """, arguments: [limit])
            guard !rows.isEmpty else { return 0 }
            let (boot, progress) = writerState.withLock { state in
                (state.boot, PacketWriter.Progress(sequence: state.sequence, gateways: state.gateways))
            }
            var receiver = BatchReceiver(
                store: self, database: database, now: now.wall,
                writer: PacketWriter(database: database, boot: boot, progress: progress))
            for row in rows {
                if let waiting = try? JSONDecoder().decode(PendingPacket.self, from: row["row"] as Data) {
                    try receiver.store(waiting.packet, organization: row["organization"])
                } else {
                    try Self.countDiscard(database, reason: "pending_unreadable", count: 1, at: now.wall)
                }
                try database.execute(
                    sql: "DELETE FROM pendingPacket WHERE key = ?", arguments: [row["key"] as Int64])
            }
            try receiver.writer.finish()
            let (reached, taken, recorded) = (receiver.writer.progress, receiver.taken, receiver.recorded)
            afterCommit {
                self.commit(reached, taken, recorded, at: now.monotonic)
            }
            return rows.count
        }
    }

    /// How many packets wait for their devices, and how many devices those are.
    package func pendingPackets(of organization: OrganizationID) async throws -> (packets: Int, devices: Int)
    {
        try await read { [organizationKeys] database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT count(*), count(DISTINCT dev_eui) FROM pendingPacket WHERE organization = ?",
                arguments: [try organizationKeys.key(organization, in: database)])
            return (row?[0] ?? 0, row?[1] ?? 0)
        }
    }

    /// What a central knows of one history of a gateway.
    package func receipt(of epoch: UniqueID, from gateway: GatewayID) async throws -> SyncReceipt {
        try await read { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT h.* FROM syncHistory h JOIN enrolledGateway g ON g.key = h.gateway
                    WHERE g.id = ? AND h.epoch = ?
                    """, arguments: [gateway.rawValue, epoch.data])
            guard let row else { return SyncReceipt(received: SequenceRanges()) }
            var receipt = SyncReceipt(received: try JSONColumn.value(row["received"]))
            let sequence: Int64 = row["witness_sequence"]
            if sequence > 0 {
                receipt.witness = SyncAnswer.Witness(
                    sequence: sequence,
                    fingerprint: UInt32(truncatingIfNeeded: row["witness_fingerprint"] as Int64))
            }
            return receipt
        }
    }

    /// The fingerprints of what arrived of one history; of nothing, where there is no such history.
    package func fingerprints(_ range: ClosedRange<Int64>, of epoch: UniqueID, from gateway: GatewayID)
        async throws
        -> SyncFingerprints
    {
        try await read { database in
            let key = try Int64.fetchOne(
                database,
                sql: """
                    SELECT g.key FROM enrolledGateway g JOIN syncHistory h ON h.gateway = g.key
                    WHERE g.id = ? AND h.epoch = ?
                    """, arguments: [gateway.rawValue, epoch.data])
            guard let key else {
                return SyncFingerprints(
                    first: range.lowerBound, firstKnown: 1,
                    values: [UInt32](repeating: 0, count: range.count))
            }
            return try SyncHistory(
                gateway: key, epoch: epoch, at: Timestamp(microseconds: 0), in: database
            ).fingerprints(range)
        }
    }
}
