package import EdgeModel
import GRDB

extension Store {
    /// One page of devices, in order. Costs the page: the order comes from an index, which for a
    /// filter by one tag is the tag's own.
    package func devices(_ query: DeviceQuery) async throws -> DevicePage {
        try await read { [self] database in
            let organization = try organizationKeys.key(query.organization, in: database)
            let builder = try DeviceListSQL(query, organization, database)
            let rows = try Row.fetchCursor(
                database, sql: builder.page, arguments: builder.pageArguments)
            var devices: [Device] = []
            var last: Row?
            while let row = try rows.next() {
                if devices.count == query.limit {
                    return DevicePage(devices: devices, next: last.map { cursor(of: $0, query.sort) })
                }
                devices.append(
                    withActivity(try DeviceRow(row, organization: query.organization, sealer: sealer)))
                last = row.copy()
            }
            return DevicePage(devices: devices, next: nil)
        }
    }

    /// How many devices the query matches, wherever it continues from.
    package func count(_ query: DeviceQuery) async throws -> Int {
        try await read { [organizationKeys] database in
            let organization = try organizationKeys.key(query.organization, in: database)
            let builder = try DeviceListSQL(query, organization, database)
            return try Int.fetchOne(database, sql: builder.count, arguments: builder.countArguments) ?? 0
        }
    }

    private func cursor(of row: Row, _ sort: DeviceQuery.Sort) -> DeviceQuery.Cursor {
        switch sort {
        case .name: .name((row["name"] as String).lowercased(), row: row["key"])
        case .createdAt: .time(row["created_at"], row: row["key"])
        case .updatedAt: .time(row["updated_at"], row: row["key"])
        }
    }
}

/// The SQL of a device list. Values are always bound; only names from closed sets are spelled out.
struct DeviceListSQL {
    private(set) var page: String
    private(set) var pageArguments: StatementArguments
    private(set) var count: String
    private(set) var countArguments: StatementArguments

    /// Below this many matches, names are looked up first and sorted; above it, the sorted list is
    /// walked and names are compared.
    private static let rarePattern = 2_000

    init(_ query: DeviceQuery, _ organization: Int64, _ database: Database) throws {
        var conditions = Conditions()
        // One tag with one value leads: its index holds the matches in the wanted order.
        let lead = query.tags.first { $0.values.count == 1 }
        let order = lead == nil ? "d" : "t"
        if let lead {
            conditions.add(
                "t.organization = ? AND t.name = ? AND t.value = ?", organization, lead.name, lead.values[0])
        } else {
            conditions.add("d.organization = ? AND d.deleted_at IS NULL", organization)
        }
        for filter in query.tags where filter != lead {
            let places = filter.values.map { _ in "?" }.joined(separator: ", ")
            conditions.add(
                "EXISTS (SELECT 1 FROM deviceTag x WHERE x.device = d.key AND x.name = ? AND x.value IN (\(places)))",
                arguments: [filter.name] + filter.values)
        }
        try Self.addName(query, database, to: &conditions)
        if let after = query.createdAfter { conditions.add("\(order).created_at > ?", after.microseconds) }
        if let before = query.createdBefore { conditions.add("\(order).created_at < ?", before.microseconds) }
        if let range = query.createdWithin {
            conditions.add(
                "\(order).created_at >= ? AND \(order).created_at < ?", range.lowerBound.microseconds,
                range.upperBound.microseconds)
        }
        if let range = query.seenWithin {
            conditions.add(
                "a.last_seen_at >= ? AND a.last_seen_at < ?", range.lowerBound.microseconds,
                range.upperBound.microseconds)
        }
        let source =
            lead == nil
            ? DeviceRow.source
            : "deviceTag t CROSS JOIN device d ON d.key = t.device LEFT JOIN deviceActivity a ON a.device = d.key"
        (count, countArguments) = Self.count(query, source, conditions, organization)
        let (column, direction) = (Self.column(query.sort), query.ascending ? "ASC" : "DESC")
        let row = lead == nil ? "d.key" : "t.device"
        if let after = query.after {
            let sign = query.ascending ? ">" : "<"
            switch after {
            case .name(let name, let key):
                conditions.add("(\(order).\(column), \(row)) \(sign) (?, ?)", name, key)
            case .time(let time, let key):
                conditions.add("(\(order).\(column), \(row)) \(sign) (?, ?)", time, key)
            }
        }
        page = """
            SELECT \(DeviceRow.columns) FROM \(source) WHERE \(conditions.text)
            ORDER BY \(order).\(column) \(direction), \(row) \(direction) LIMIT ?
            """
        pageArguments = StatementArguments(conditions.arguments + [query.limit + 1])
    }

    private static func column(_ sort: DeviceQuery.Sort) -> String {
        switch sort {
        case .name: "name_folded"
        case .createdAt: "created_at"
        case .updatedAt: "updated_at"
        }
    }

    /// Counts that are kept need no counting.
    private static func count(
        _ query: DeviceQuery, _ source: String, _ conditions: Conditions, _ organization: Int64
    ) -> (String, StatementArguments) {
        let isPlain =
            query.namePattern == nil && query.createdAfter == nil && query.createdBefore == nil
            && query.createdWithin == nil && query.seenWithin == nil
        if isPlain, query.tags.isEmpty {
            return ("SELECT device_count FROM organization WHERE key = ?", [organization])
        }
        if isPlain, query.tags.count == 1, query.tags[0].values.count == 1 {
            return (
                "SELECT count FROM tagCount WHERE organization = ? AND name = ? AND value = ?",
                [organization, query.tags[0].name, query.tags[0].values[0]]
            )
        }
        return (
            "SELECT count(*) FROM \(source) WHERE \(conditions.text)",
            StatementArguments(conditions.arguments)
        )
    }

    private static func addName(_ query: DeviceQuery, _ database: Database, to conditions: inout Conditions)
        throws
    {
        guard let pattern = query.namePattern?.lowercased(), !pattern.isEmpty else { return }
        // The trigram index answers for three characters or more.
        if pattern.unicodeScalars.count >= 3 {
            let phrase = "\"" + pattern.replacing("\"", with: "\"\"") + "\""
            let matches =
                try Int.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) FROM
                            (SELECT 1 FROM deviceName WHERE deviceName MATCH ? LIMIT \(rarePattern))
                        """, arguments: [phrase]) ?? 0
            if matches < rarePattern {
                conditions.add(
                    "d.key IN (SELECT rowid FROM deviceName WHERE deviceName MATCH ?)", phrase)
                return
            }
        }
        conditions.add("instr(d.name_folded, ?) > 0", pattern)
    }

    private struct Conditions {
        private var parts: [String] = []
        private(set) var arguments: [any DatabaseValueConvertible] = []

        var text: String { parts.joined(separator: " AND ") }

        mutating func add(_ text: String, _ values: any DatabaseValueConvertible...) {
            add(text, arguments: values)
        }

        mutating func add(_ text: String, arguments values: [any DatabaseValueConvertible]) {
            parts.append(text)
            arguments.append(contentsOf: values)
        }
    }
}
