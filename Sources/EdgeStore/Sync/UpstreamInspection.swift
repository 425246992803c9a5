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
            let arrived: SequenceRanges =
                isOfThisHistory ? try JSONColumn.value(row["arrived"]) : SequenceRanges()
            return try finding(row, arrived)
        }
    }

    private var none: StoreInspection.Finding {
        StoreInspection.Finding(text: "upstream: not configured", isGood: true)
    }

    private func finding(_ upstream: Row, _ arrived: SequenceRanges) throws -> StoreInspection.Finding {
        let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM packet") ?? 0
        var (count, oldest) = (0, Int64?.none)
        for gap in arrived.missing(through: last) {
            let waiting = try Row.fetchOne(
                database, sql: "SELECT count(*), min(sequence) FROM packet WHERE sequence BETWEEN ? AND ?",
                arguments: [gap.lowerBound, gap.upperBound])
            count += waiting?[0] ?? 0
            oldest = oldest ?? waiting?[1]
        }
        var text = "upstream: \(upstream["url"] as String), \(count) packets wait"
        if let oldest,
            let since = try String.fetchOne(
                database,
                sql: """
                    SELECT strftime('%Y-%m-%dT%H:%M:%SZ', received_at / 1000000, 'unixepoch') FROM packet
                    WHERE sequence = ? AND clock_quality > 0
                    """, arguments: [oldest])
        {
            text += ", the oldest since \(since)"
        }
        if count > 0 { text += ", \(drainTime(of: count, upstream))" }
        if upstream["is_paused"] { text += ", paused" }
        if let failure: String = upstream["last_error"] { text += "; last attempt: \(failure)" }
        return StoreInspection.Finding(text: text, isGood: true)
    }

    private func drainTime(of rows: Int, _ upstream: Row) -> String {
        // A database of an earlier version has none.
        guard upstream.hasColumn("rows_per_second"), let rate: Double = upstream["rows_per_second"], rate > 0
        else { return "how long they will take is not known yet" }
        return "about \(Int((Double(rows) / rate).rounded(.up))) s to go"
    }
}
