import EdgeModel
import FoundationEssentials
import GRDB

/// What has arrived of one history of a gateway, within one transaction: which sequence numbers, and the
/// fingerprint of each row.
struct SyncHistory {
    /// Sequence numbers of one row of `syncBlock`.
    static let blockLength: Int64 = 512
    /// Fingerprints of older rows are forgotten: their repeats are told by their identifiers alone.
    static let blocksKept: Int64 = 256
    /// Histories of one gateway that are kept.
    static let limit = 16

    let key: Int64
    var received: SequenceRanges
    var witness: SyncAnswer.Witness?
    private var blocks: [Int64: [UInt32]] = [:]
    private var changed: Set<Int64> = []
    private let database: Database

    enum Standing: Equatable {
        case new
        case known
        case contradicts(known: UInt32)
    }

    /// The history of `gateway` with this epoch, begun now if it is new.
    init(gateway: Int64, epoch: UniqueID, at now: Timestamp, in database: Database) throws {
        self.database = database
        if let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM syncHistory WHERE gateway = ? AND epoch = ?"),
            arguments: [gateway, epoch.data])
        {
            key = row["key"]
            received = try JSONColumn.value(row["received"])
            let sequence: Int64 = row["witness_sequence"]
            if sequence > 0 {
                witness = SyncAnswer.Witness(
                    sequence: sequence,
                    fingerprint: UInt32(truncatingIfNeeded: row["witness_fingerprint"] as Int64))
            }
            return
        }
        received = SequenceRanges()
        try database.execute(
            sql: "INSERT INTO syncHistory (gateway, epoch, received, began_at) VALUES (?, ?, ?, ?)",
            arguments: [gateway, epoch.data, try JSONColumn.text(received), now.microseconds])
        key = database.lastInsertedRowID
        try database.execute(
            sql: """
                DELETE FROM syncHistory WHERE gateway = ?1 AND key NOT IN
                    (SELECT key FROM syncHistory WHERE gateway = ?1 ORDER BY key DESC LIMIT ?2)
                """, arguments: [gateway, Self.limit])
    }

    /// Notes a row, unless it contradicts the one that is known under its number.
    mutating func note(_ fingerprint: UInt32, at sequence: Int64) throws -> Standing {
        let number = (sequence - 1) / Self.blockLength
        let place = Int((sequence - 1) % Self.blockLength)
        if blocks[number] == nil { blocks[number] = try load(number) }
        let known = blocks[number]?[place] ?? 0
        guard known == 0 else { return known == fingerprint ? .known : .contradicts(known: known) }
        blocks[number]?[place] = fingerprint
        changed.insert(number)
        if sequence >= witness?.sequence ?? 0 {
            witness = SyncAnswer.Witness(sequence: sequence, fingerprint: fingerprint)
        }
        return .new
    }

    func store() throws {
        try database.cachedStatement(
            sql: """
                UPDATE syncHistory SET received = ?, witness_sequence = ?, witness_fingerprint = ?
                WHERE key = ?
                """
        ).execute(arguments: [
            try JSONColumn.text(received), witness?.sequence ?? 0, Int64(witness?.fingerprint ?? 0), key,
        ])
        for number in changed.sorted() {
            try database.cachedStatement(sql: "INSERT OR REPLACE INTO syncBlock VALUES (?, ?, ?)")
                .execute(arguments: [key, number, Self.data(blocks[number] ?? [])])
        }
        if let last = changed.max(), last >= Self.blocksKept {
            try database.cachedStatement(sql: "DELETE FROM syncBlock WHERE history = ? AND number < ?")
                .execute(arguments: [key, (received.upperBound - 1) / Self.blockLength - Self.blocksKept])
        }
    }

    /// The fingerprints of a run of sequence numbers.
    func fingerprints(_ range: ClosedRange<Int64>) throws -> SyncFingerprints {
        let oldest = try Int64.fetchOne(
            database, sql: "SELECT min(number) FROM syncBlock WHERE history = ?", arguments: [key])
        var values: [UInt32] = []
        values.reserveCapacity(range.count)
        var loaded: (number: Int64, fingerprints: [UInt32])?
        for sequence in range {
            let number = (sequence - 1) / Self.blockLength
            let block = loaded?.number == number ? loaded?.fingerprints : try load(number)
            if loaded?.number != number { loaded = (number, block ?? []) }
            values.append(block?[Int((sequence - 1) % Self.blockLength)] ?? 0)
        }
        // Blocks without rows were never written: only those that are older than all are forgotten.
        let forgets = (received.upperBound - 1) / Self.blockLength > Self.blocksKept
        return SyncFingerprints(
            first: range.lowerBound, firstKnown: forgets ? (oldest ?? 0) * Self.blockLength + 1 : 1,
            values: values)
    }

    private func load(_ number: Int64) throws -> [UInt32] {
        let data = try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT fingerprints FROM syncBlock WHERE history = ? AND number = ?"),
            arguments: [key, number])
        var numbers = [UInt32](repeating: 0, count: Int(Self.blockLength))
        guard let data, data.count == numbers.count * 4 else { return numbers }
        numbers.withUnsafeMutableBytes { _ = data.copyBytes(to: $0) }
        for index in numbers.indices { numbers[index] = UInt32(littleEndian: numbers[index]) }
        return numbers
    }

    private static func data(_ numbers: [UInt32]) -> Data {
        numbers.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }
}
