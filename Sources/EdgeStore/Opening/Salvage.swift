import EdgeModel
import GRDB
import Logging

/// Reads what can still be read of a damaged database, row by row, into a new one.
///
/// Each table is read forwards until it fails and then backwards until it fails, so that one bad
/// page costs the rows between. Rows that break a constraint of the new database are left out.
struct Salvage {
    struct Report {
        var setAside: String
        var saved: Int
        var problem: String
    }

    let from: String

    /// Tables in the order in which they refer to one another, with the column they are walked by.
    private static let tables: [(name: String, walk: String)] = [
        ("property", "name"), ("organization", "key"), ("account", "key"), ("membership", "organization"),
        ("invitation", "key"), ("mail", "key"), ("credential", "key"), ("codec", "key"),
        ("deviceProfile", "key"), ("device", "key"), ("deviceTag", "device"), ("boot", "key"),
        ("gateway", "key"), ("packet", "sequence"),
        ("packetBlock", "first_sequence"), ("reception", "packet"), ("packetDecoding", "packet"),
        ("deviceActivity", "device"),
        ("packetHour", "organization"), ("activePeriod", "key"), ("rawFrame", "key"), ("discard", "reason"),
        ("audit", "sequence"), ("auditHead", "key"), ("sdkKey", "key"), ("uploadingGateway", "key"),
        ("upload", "key"), ("event", "sequence"), ("webhook", "key"), ("webhookHour", "webhook"),
        ("billedThrough", "organization"), ("invoice", "key"), ("lorawanSession", "device"),
        ("lorawanJoin", "device"), ("downlink", "key"), ("frameLog", "number"),
        ("upstream", "key"), ("receptionChange", "revision"), ("enrolledGateway", "key"),
        ("pendingPacket", "key"), ("deviceShadow", "dev_eui"), ("mergedOperation", "gateway"),
        ("alert", "key"), ("watchedGateway", "id"),
    ]

    /// Returns how many rows were saved.
    func run(into pool: DatabasePool) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        // A file that is not a database at all has nothing to give.
        guard let damaged = try? DatabaseQueue(path: from, configuration: configuration) else { return 0 }
        // Without a transaction on the damaged side: ending one would fail like the reads in it.
        return try damaged.unsafeRead { source in
            try pool.write { target in
                // The counts follow from the rows through the triggers.
                try Self.tables.reduce(0) { saved, table in
                    try saved + copy(table.name, by: table.walk, from: source, into: target)
                }
            }
        }
    }

    private func copy(
        _ table: String, by column: String, from source: Database, into target: Database
    ) throws -> Int {
        let before = try count(table, in: target)
        for order in ["ASC", "DESC"] {
            guard
                let rows = try? Row.fetchCursor(
                    source, sql: "SELECT * FROM \(table) ORDER BY \(column) \(order)")
            else { continue }
            // A read error ends this direction; what was read before it is kept.
            while let row = try? rows.next() {
                try insert(row, into: table, target)
            }
        }
        return try count(table, in: target) - before
    }

    private func count(_ table: String, in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
    }

    /// What a device or a profile can be without.
    private static let dispensable: Set<String> = ["profile", "codec"]

    private func insert(
        _ row: Row, into table: String, _ target: Database, leavingOut left: Set<String> = []
    ) throws {
        let columns = row.columnNames.filter { !left.contains($0) }
        let names = columns.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        // A new database has a row here already, of a log that is empty.
        let rule = table == "auditHead" ? "REPLACE" : "IGNORE"
        do {
            try target.execute(
                sql: "INSERT OR \(rule) INTO \(table) (\(names)) VALUES (\(places))",
                arguments: StatementArguments(columns.map { row[$0] as DatabaseValue }))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            // It refers to a row that is lost, which IGNORE does not cover.
            if left.isEmpty, !Self.dispensable.isDisjoint(with: columns) {
                try insert(row, into: table, target, leavingOut: Self.dispensable)
            }
        }
    }
}
