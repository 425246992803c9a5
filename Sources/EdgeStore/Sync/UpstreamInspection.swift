import EdgeModel
import FoundationEssentials
import GRDB

/// What waits for each upstream, as the database has it: a gateway that runs writes its progress down
/// every few seconds.
struct UpstreamInspection {
    let database: Database

    func run() throws -> [StoreInspection.Finding] {
        // A database of an earlier version has none.
        guard try database.tableExists("upstream") else { return [none] }
        let epoch = try Identity.fetch(database)?.epoch
        let upstreams = try Row.fetchAll(database, sql: "SELECT * FROM upstream ORDER BY key")
        guard !upstreams.isEmpty else { return [none] }
        return try upstreams.map { row in
            let isOfThisHistory = UniqueID(bytes: Array(row["epoch"] as Data)) == epoch
            return try finding(row, mark: isOfThisHistory ? row["mark"] : 0)
        }
    }

    private var none: StoreInspection.Finding {
        StoreInspection.Finding(text: "upstream: not configured", isGood: true)
    }

    private func finding(_ upstream: Row, mark: Int64) throws -> StoreInspection.Finding {
        let waiting = try Row.fetchOne(
            database,
            sql: "SELECT count(*), min(sequence) FROM packet WHERE sequence > ?", arguments: [mark])
        let count: Int = waiting?[0] ?? 0
        var text = "upstream: \(upstream["url"] as String), \(count) packets wait"
        if let first: Int64 = waiting?[1],
            let oldest = try String.fetchOne(
                database,
                sql: """
                    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', received_at / 1000000, 'unixepoch') FROM packet
                    WHERE sequence = ? AND clock_quality > 0
                    """, arguments: [first])
        {
            text += ", the oldest since \(oldest)"
        }
        if upstream["is_paused"] { text += ", paused" }
        if let failure: String = upstream["last_error"] { text += "; last attempt: \(failure)" }
        return StoreInspection.Finding(text: text, isGood: true)
    }
}
