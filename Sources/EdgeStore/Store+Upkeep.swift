import EdgeModel
import FoundationEssentials
import GRDB
import Glibc
import Logging
import Synchronization

/// How much the store keeps. What goes over a limit is discarded oldest first and counted.
package struct RetentionPolicy: Hashable, Sendable {
    /// Packets heard longer ago than this are discarded.
    package var packetAge: Duration
    /// The database file grows no larger than about this, in bytes.
    package var databaseSize: Int64
    /// Raw frames heard longer ago than this are discarded.
    package var rawFrameAge: Duration
    /// At most this many raw frames.
    package var rawFrames: Int

    package init(packetAge: Duration, databaseSize: Int64, rawFrameAge: Duration, rawFrames: Int) {
        self.packetAge = packetAge
        self.databaseSize = databaseSize
        self.rawFrameAge = rawFrameAge
        self.rawFrames = rawFrames
    }
}

extension Store {
    /// How many rows one transaction of upkeep touches, so that recording never waits long.
    private static let upkeepStep = 2_000

    /// Discards what the policy does not keep, one step. True when there may be more to do.
    package func enforce(_ policy: RetentionPolicy) async throws -> Bool {
        let now = clock.now().wall
        // Without a good clock nothing is old.
        let quality = clock.quality
        let clockIsGood = quality != .none
        return try await write { [self] database in
            var discarded = 0
            if clockIsGood {
                // A clock that nobody vouches for may be years ahead.
                discarded += try discardPackets(
                    database, reason: "packet_age",
                    before: now.advanced(byMicroseconds: -policy.packetAge.microseconds),
                    sentOnly: quality == .saved)
                discarded += try discardRawFrames(
                    database, reason: "raw_frame_age",
                    where: "last_at < ? AND clock_quality <> 0",
                    now.advanced(byMicroseconds: -policy.rawFrameAge.microseconds).microseconds)
            }
            if clockIsGood { discarded += try discardPending(database, policy.packetAge, at: now) }
            let surplus =
                try (Int.fetchOne(database, sql: "SELECT count(*) FROM rawFrame") ?? 0) - policy.rawFrames
            if surplus > 0 {
                discarded += try discardRawFrames(database, reason: "raw_frame_limit", where: "?1 = ?1", 0)
            }
            discarded += try Self.forgetUploads(
                database, now: now, clockIsGood: clockIsGood, step: Self.upkeepStep)
            if try usedBytes(database) > policy.databaseSize {
                discarded += try discardPackets(database, reason: "database_size", before: nil)
            }
            return discarded > 0
        }
    }

    /// Makes room on a full disk: gives the ballast up, so that SQLite can write again, and lets
    /// the WAL flow back. True when there was ballast to give.
    package func makeRoom() async throws -> Bool {
        let gaveUp = ballast.giveUp()
        try await checkpoint()
        return gaveUp
    }

    /// Takes the ballast up again when there is room for it. True when it is held.
    package func restoreBallast() -> Bool { ballast.take() }

    /// Bytes that the file system has left for this store.
    package var freeBytes: Int { ballast.freeBytes() }

    package func checkpoint() async throws {
        do {
            try await pool.writeWithoutTransaction { database in
                _ = try database.checkpoint(.passive)
            }
        } catch {
            throw Self.domainError(error)
        }
    }

    /// What was discarded, by reason, since the database was made.
    package func discards() async throws -> [String: Int] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT reason, count FROM discard")
                .reduce(into: [:]) { $0[$1["reason"]] = $1["count"] }
        }
    }

    /// Counts rows that were dropped without being stored.
    package func noteDiscard(_ reason: String, count: Int) async throws {
        let now = clock.now().wall
        try await write { try Self.countDiscard($0, reason: reason, count: count, at: now) }
    }

    private func usedBytes(_ database: Database) throws -> Int64 {
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
        return (pages - free) * size
    }

    /// Discards the oldest packets by sequence: all of them up to the step when `limit` is nil,
    /// else the leading ones that were received before it. Where there are upstreams, a full database
    /// gives up first what all of them have; what one of them does not have is counted apart, and stays
    /// with `sentOnly`.
    private func discardPackets(
        _ database: Database, reason: String, before limit: Timestamp?, sentOnly: Bool = false
    ) throws -> Int {
        guard let oldest = try Int64.fetchOne(database, sql: "SELECT min(sequence) FROM packet") else {
            return 0
        }
        let confirmed = try confirmed(database)
        var first = oldest
        if limit != nil {
            // How old a packet without a date is, nobody knows.
            let dated = try Int64.fetchOne(
                database,
                sql: "SELECT sequence FROM packet WHERE clock_quality <> 0 ORDER BY sequence LIMIT 1")
            guard let dated else { return 0 }
            first = dated
        }
        if limit == nil, let confirmed, !confirmed.contains(oldest) {
            first = try firstRow(within: confirmed, database) ?? oldest
        }
        var end = first + Int64(Self.upkeepStep)
        if let confirmed, limit == nil && first > oldest || sentOnly {
            let range = confirmed.ranges.first { $0.contains(first) }
            if let range { end = min(end, range.upperBound + 1) }
            if range == nil, sentOnly { return 0 }
        }
        if let limit {
            let kept = try Int64.fetchOne(
                database,
                sql: """
                    SELECT min(sequence) FROM (SELECT sequence, received_at, clock_quality FROM packet
                        WHERE sequence BETWEEN ? AND ? ORDER BY sequence)
                    WHERE received_at >= ? OR clock_quality = 0
                    """, arguments: [first, end - 1, limit.microseconds])
            end = kept ?? end
        }
        guard end > first else { return 0 }
        // What stays below is still to be delivered.
        if first == oldest { try passOver(before: end, database) }
        return try discardPackets(database, reason: reason, first..<end, confirmed)
    }

    private func discardPackets(
        _ database: Database, reason: String, _ run: Range<Int64>, _ confirmed: SequenceRanges?
    ) throws -> Int {
        let unsent = try (confirmed?.missing(through: run.upperBound - 1) ?? []).reduce(0) { sum, gap in
            try sum
                + (Int.fetchOne(
                    database, sql: "SELECT count(*) FROM packet WHERE sequence BETWEEN ? AND ?",
                    arguments: [max(gap.lowerBound, run.lowerBound), gap.upperBound]) ?? 0)
        }
        try database.execute(
            sql: "DELETE FROM packet WHERE sequence >= ? AND sequence < ?",
            arguments: [run.lowerBound, run.upperBound])
        let count = database.changesCount
        guard count > 0 else { return 0 }
        afterCommit { self.packetCache.forgetAll() }
        try database.execute(
            sql: "DELETE FROM reception WHERE packet >= ? AND packet < ?",
            arguments: [run.lowerBound, run.upperBound])
        try database.execute(
            sql: "DELETE FROM packetDecoding WHERE packet >= ? AND packet < ?",
            arguments: [run.lowerBound, run.upperBound])
        try database.execute(
            sql: "DELETE FROM packetBlock WHERE first_sequence >= ? AND last_sequence < ?",
            arguments: [run.lowerBound, run.upperBound])
        let now = clock.now().wall
        if count > unsent {
            try Self.countDiscard(database, reason: reason, count: count - unsent, at: now)
        }
        if unsent > 0 {
            try Self.countDiscard(database, reason: reason + "_unsent", count: unsent, at: now)
        }
        return count
    }

    /// The oldest packet within these ranges.
    private func firstRow(within ranges: SequenceRanges, _ database: Database) throws -> Int64? {
        for range in ranges.ranges {
            let first = try Int64.fetchOne(
                database, sql: "SELECT min(sequence) FROM packet WHERE sequence BETWEEN ? AND ?",
                arguments: [range.lowerBound, range.upperBound])
            if let first { return first }
        }
        return nil
    }

    /// Packets that waited for their devices for too long, the oldest first.
    private func discardPending(_ database: Database, _ age: Duration, at now: Timestamp) throws -> Int {
        try database.execute(
            sql: """
                DELETE FROM pendingPacket WHERE key IN (SELECT key FROM
                    (SELECT key, kept_at FROM pendingPacket ORDER BY key LIMIT \(Self.upkeepStep))
                    WHERE kept_at < ?)
                """, arguments: [now.advanced(byMicroseconds: -age.microseconds).microseconds])
        let count = database.changesCount
        if count > 0 { try Self.countDiscard(database, reason: "pending_age", count: count, at: now) }
        return count
    }

    private func discardRawFrames(
        _ database: Database, reason: String, where condition: String, _ argument: Int64
    ) throws -> Int {
        try database.execute(
            sql: """
                DELETE FROM rawFrame WHERE key IN
                    (SELECT key FROM rawFrame WHERE \(condition) ORDER BY key LIMIT \(Self.upkeepStep))
                """, arguments: [argument])
        let count = database.changesCount
        if count > 0 { try Self.countDiscard(database, reason: reason, count: count, at: clock.now().wall) }
        return count
    }

    static func countDiscard(_ database: Database, reason: String, count: Int, at now: Timestamp)
        throws
    {
        try database.execute(
            sql: """
                INSERT INTO discard VALUES (?1, ?2, ?3)
                ON CONFLICT (reason) DO UPDATE SET count = count + ?2, last_at = ?3
                """, arguments: [reason, count, now.microseconds])
    }
}
