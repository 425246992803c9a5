import Crypto
import EdgeModel
import FoundationEssentials
import GRDB

/// How long the audit log gets.
package struct AuditRetention: Sendable {
    /// More rows than this are not kept.
    package var limit: Int64
    /// How many of the oldest go at once.
    package var segment: Int64

    package init(limit: Int64 = 1_000_000, segment: Int64 = 10_000) {
        self.limit = limit
        self.segment = segment
    }
}

/// Adds to the audit log, within the transaction of the change that an entry is about.
struct AuditWriter {
    let retention: AuditRetention

    func append(_ note: AuditNote?, in database: Database) throws {
        guard let note else { return }
        var head = try AuditHead.fetch(database)
        var entry = AuditEntry(note, sequence: head.lastSequence + 1)
        entry.hash = AuditHead.hash(of: entry, after: head.lastHash)
        try database.cachedStatement(
            sql: """
                INSERT INTO audit (sequence, at, organization, initiator, initiator_id, action, object,
                    detail, address, request_id, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            entry.sequence, entry.at.microseconds, entry.organization, entry.initiator, entry.initiatorID,
            entry.action, entry.object, entry.detail, entry.address, entry.requestID, Data(entry.hash),
        ])
        (head.lastSequence, head.lastHash) = (entry.sequence, entry.hash)
        try trim(&head, database)
        try head.store(database)
    }

    /// Drops the oldest segment when the log is over its limit; its last hash stays as the anchor.
    private func trim(_ head: inout AuditHead, _ database: Database) throws {
        guard head.lastSequence - head.droppedThrough > retention.limit else { return }
        let last = head.droppedThrough + retention.segment
        guard
            let hash = try Data.fetchOne(
                database, sql: "SELECT hash FROM audit WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
                arguments: [last])
        else { return }
        (head.droppedThrough, head.droppedHash) = (last, Array(hash))
        // The trigger lets go only of what is dropped already.
        try head.store(database)
        try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [last])
    }
}

/// The two ends of the chain.
struct AuditHead {
    var droppedThrough: Int64
    var droppedHash: [UInt8]
    var lastSequence: Int64
    var lastHash: [UInt8]

    /// A last row beyond what the head says counts: rows that were salvaged are never written over.
    static func fetch(_ database: Database) throws -> AuditHead {
        var head = try stored(database)
        if let row = try Row.fetchOne(
            database, sql: "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"),
            row["sequence"] as Int64 > head.lastSequence
        {
            (head.lastSequence, head.lastHash) = (row["sequence"], Array(row["hash"] as Data))
        }
        return head
    }

    static func stored(_ database: Database) throws -> AuditHead {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM auditHead") else {
            let nothing = [UInt8](repeating: 0, count: 32)
            return AuditHead(droppedThrough: 0, droppedHash: nothing, lastSequence: 0, lastHash: nothing)
        }
        return AuditHead(
            droppedThrough: row["dropped_through"], droppedHash: Array(row["dropped_hash"] as Data),
            lastSequence: row["last_sequence"], lastHash: Array(row["last_hash"] as Data))
    }

    func store(_ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO auditHead VALUES (1, ?, ?, ?, ?)")
            .execute(arguments: [droppedThrough, Data(droppedHash), lastSequence, Data(lastHash)])
    }

    static func hash(of entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: previous + entry.content))
    }
}

extension AuditEntry {
    init(_ row: Row) {
        self.init(
            sequence: row["sequence"], at: Timestamp(microseconds: row["at"]),
            organization: row["organization"], initiator: row["initiator"], initiatorID: row["initiator_id"],
            action: row["action"], object: row["object"], detail: row["detail"], address: row["address"],
            requestID: row["request_id"], hash: Array(row["hash"] as Data))
    }
}
