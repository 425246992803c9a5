package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// Gives rows of this boot that were stored before the clock was good their real time.
    ///
    /// `now` is a reading with a good wall clock; the time of a row follows from the distance on the
    /// monotonic clock. Returns how many packets and raw frames were re-dated. Call again until 0.
    package func redate(by now: ClockReading) async throws -> Int {
        try await write { [self] database in
            let boot = writerState.withLock { $0.boot }
            let packets = try redatePackets(database, boot: boot, now: now)
            let frames = try redateRawFrames(database, boot: boot, now: now)
            return packets + frames + (try redateLoggedFrames(database, boot: boot, now: now))
        }
    }

    private static let redatingStep = 1_000

    private func redatePackets(_ database: Database, boot: Int64, now: ClockReading) throws -> Int {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT sequence, id, organization, device, platform, payload, counter, sequence_number,
                    monotonic, gateway, rssi
                FROM packet WHERE boot = ? AND clock_quality = 0 LIMIT \(Self.redatingStep)
                """, arguments: [boot])
        let rolledUpThrough = try Identity.rolledUpThrough(database)
        var dated = RollUpLedger.Contents()
        var later: [RolledUpPacket] = []
        for row in rows {
            let sequence: Int64 = row["sequence"]
            guard let id = UniqueID(bytes: Array(row["id"] as Data)) else {
                // Damaged: it will not be served; it must not be found here again and again.
                try database.execute(
                    sql: "UPDATE packet SET clock_quality = ? WHERE sequence = ?",
                    arguments: [ClockQuality.saved.rawValue, sequence])
                continue
            }
            let time = Self.wallTime(of: row["monotonic"], now: now)
            let checksum = PacketChecksum.of(
                id: id, device: row["device"], payload: Array(row["payload"] as Data),
                numbers: (
                    sequence, row["counter"], row["sequence_number"], time, row["gateway"], row["rssi"]
                ))
            try database.execute(
                sql: """
                    UPDATE packet SET received_at = ?, clock_quality = ?, checksum = ? WHERE sequence = ?
                    """, arguments: [time, ClockQuality.saved.rawValue, checksum, sequence])
            try database.execute(
                sql: """
                    UPDATE reception SET last_at = last_at - first_at + ?1, first_at = ?1 WHERE packet = ?2
                    """, arguments: [time, sequence])
            try database.execute(
                sql: """
                    UPDATE packetBlock SET earliest = min(earliest, ?1), latest = max(latest, ?1)
                    WHERE first_sequence = ?2
                    """,
                arguments: [time, sequence / PacketWriter.blockLength * PacketWriter.blockLength])
            activity.update { $0[row["device"], default: .init()].seen(at: Timestamp(microseconds: time)) }
            let packet = RolledUpPacket(
                device: DeviceHandle(row: row["device"], organization: row["organization"]),
                platform: Platform(rawValue: row["platform"]) ?? .ble,
                payloadLength: (row["payload"] as Data).count, receivedAt: Timestamp(microseconds: time))
            // What is above would be summed up from the packets, should the process end now.
            if sequence <= rolledUpThrough { dated.add(packet) } else { later.append(packet) }
        }
        try RollUpWriter(database: database).add(dated.sums)
        afterCommit { [self, later] in
            packetCache.forgetAll()
            rollUps.update { contents in later.forEach { contents.add($0) } }
        }
        return rows.count
    }

    private func redateRawFrames(_ database: Database, boot: Int64, now: ClockReading) throws -> Int {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT key, monotonic FROM rawFrame
                WHERE boot = ? AND clock_quality = 0 LIMIT \(Self.redatingStep)
                """, arguments: [boot])
        for row in rows {
            try database.execute(
                sql: """
                    UPDATE rawFrame SET last_at = last_at - first_at + ?1, first_at = ?1,
                        clock_quality = ?2 WHERE key = ?3
                    """,
                arguments: [
                    Self.wallTime(of: row["monotonic"], now: now), ClockQuality.saved.rawValue,
                    row["key"] as Int64,
                ])
        }
        return rows.count
    }

    private func redateLoggedFrames(_ database: Database, boot: Int64, now: ClockReading) throws -> Int {
        let offset = now.wall.microseconds - Int64(clamping: now.monotonic.nanoseconds) / 1000
        try database.execute(
            sql: """
                UPDATE frameLog SET at = ?1 + monotonic / 1000, clock_quality = ?2 WHERE number IN (
                    SELECT number FROM frameLog WHERE boot = ?3 AND clock_quality = 0
                    LIMIT \(Self.redatingStep))
                """, arguments: [offset, ClockQuality.saved.rawValue, boot])
        return database.changesCount
    }

    /// Microseconds since 1970 of a moment on the monotonic clock of this boot.
    private static func wallTime(of monotonic: Int64, now: ClockReading) -> Int64 {
        let distance = Int64(clamping: now.monotonic.nanoseconds) - monotonic
        return now.wall.microseconds - distance / 1000
    }
}
