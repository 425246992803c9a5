package import EdgeModel
import FoundationEssentials
import GRDB

/// Reads the audit log of a data directory without writing to it, beside a gateway that runs or not.
package struct AuditInspection {
    private let directory: String

    package init(directory: String) { self.directory = directory }

    package enum Verdict: Sendable {
        case whole(entries: Int64, from: Int64, through: Int64)
        /// The first entry that is not as it was written.
        case broken(at: Int64, why: String)
    }

    /// Walks the chain from its anchor to its end.
    package func verify() throws -> Verdict {
        try read { database in
            let head = try AuditHead.stored(database)
            var (previous, hash) = (head.droppedThrough, head.droppedHash)
            let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
            while let row = try rows.next() {
                let sequence: Int64 = row["sequence"]
                guard sequence == previous + 1 else {
                    return .broken(at: previous + 1, why: "it is missing")
                }
                guard let entry = Self.entry(row) else {
                    return .broken(at: sequence, why: "it cannot be read")
                }
                guard AuditHead.hash(of: entry, after: hash) == entry.hash else {
                    return .broken(at: sequence, why: "its content or the entry before it was altered")
                }
                (previous, hash) = (sequence, entry.hash)
            }
            guard previous >= head.lastSequence else {
                return .broken(at: previous + 1, why: "it is missing, as is everything after it")
            }
            guard previous == head.lastSequence, hash == head.lastHash else {
                return .broken(at: previous, why: "the log does not end with the entry that was written last")
            }
            return .whole(
                entries: previous - head.droppedThrough, from: head.droppedThrough + 1, through: previous)
        }
    }

    /// The newest entries, newest first.
    package func newest(_ limit: Int) throws -> [AuditEntry] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM audit ORDER BY sequence DESC LIMIT ?", arguments: [limit]
            ).compactMap(Self.entry)
        }
    }

    /// Nil for a row whose columns are not of the types that are written.
    private static func entry(_ row: Row) -> AuditEntry? {
        func isText(_ name: String) -> Bool {
            switch (row[name] as DatabaseValue).storage {
            case .string, .null: true
            default: false
            }
        }
        let texts = ["organization", "initiator_id", "object", "detail", "address", "request_id"]
        guard Int64.fromDatabaseValue(row["at"]) != nil, String.fromDatabaseValue(row["initiator"]) != nil,
            String.fromDatabaseValue(row["action"]) != nil, Data.fromDatabaseValue(row["hash"]) != nil,
            texts.allSatisfy(isText)
        else { return nil }
        return AuditEntry(row)
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: directory + "/holdfast.db", configuration: configuration)
                .read(body)
        } catch let error as DatabaseError {
            throw EdgeError(
                .unavailable, "the audit log cannot be read: \(error.message ?? "\(error.resultCode)")",
                cause: error)
        }
    }
}
