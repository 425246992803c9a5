package import EdgeModel
import GRDB
import Synchronization

extension Store {
    /// One page of packets in the order of their sequence numbers.
    ///
    /// Costs the page: blocks say where the window of time lies, and each filter has an index. A
    /// row whose checksum does not agree is left out and counted in `quarantinedPackets`.
    package func packets(_ query: PacketQuery) async throws -> PacketPage {
        // Before the snapshot: a label that is newer than this number is forgotten with the next one,
        // an older one would be kept.
        let revision = registryRevision
        let mark = packetCache.mark(at: revision)
        // What follows the newest would be another page with the next packet.
        let isClosed = query.through <= lastSequence
        if isClosed, let kept = packetCache.page(query, at: mark) { return kept }
        return try await read { [self] database in
            let sources = try PacketSource.sources(of: query, organizationKeys, database)
            guard !sources.isEmpty else { return PacketPage(entries: [], next: nil) }
            var entries: [PacketEntry] = []
            entries.reserveCapacity(min(query.limit, 1_000) + 1)
            let decoder = PacketDecoder(store: self, revision: revision, mark: mark, database: database)
            var runs = PacketRuns(of: query)
            while entries.count <= query.limit, let run = try runs.next(database) {
                let known = entries.count
                let wanted = query.limit + 1 - known
                for source in sources {
                    try decoder.read(source, run, received: query.received, limit: wanted, into: &entries)
                }
                if sources.count > 1 {
                    entries[known...].sort { $0.sequence < $1.sequence }
                    entries.removeLast(max(0, entries.count - known - wanted))
                }
            }
            // With the one too many, so that the same page is found as a whole the next time.
            try decoder.complete(&entries)
            let served = Array(entries.prefix(query.limit))
            let page = PacketPage(
                entries: served, next: entries.count > query.limit ? served.last?.sequence : nil)
            if isClosed { packetCache.keep(page, of: entries, for: query, at: mark) }
            return page
        }
    }

    /// How many packets are stored; counts them.
    package func packetCount() async throws -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM packet") ?? 0 }
    }
}

/// One index to read packets from.
enum PacketSource {
    case everything
    case device(Int64)
    case platform(organization: Int64, Platform)
    /// Walks a platform and keeps the devices that carry the tags.
    case tagged(organization: Int64, Platform, Set<Int64>)

    /// Above this many devices with the tags, packets are walked and their devices compared.
    private static let fewDevices = 64

    static func sources(
        of query: PacketQuery, _ organizations: OrganizationKeys, _ database: Database
    ) throws -> [PacketSource] {
        let organization = try organizations.key(query.organization, in: database)
        let platforms = query.platform.map { [$0] } ?? Platform.allCases
        if let device = query.device {
            let row = try Row.fetchOne(
                database, sql: "SELECT key, platform FROM device WHERE id = ? AND organization = ?",
                arguments: [device.rawValue, organization])
            guard let row else { return [] }
            // A device can change its platform; its packets then tell.
            guard let platform = query.platform, row["platform"] != platform.rawValue else {
                return [.device(row["key"])]
            }
            return [.tagged(organization: organization, platform, [row["key"]])]
        }
        if !query.tags.isEmpty {
            let devices = try devices(with: query.tags, organization, database)
            if devices.count <= fewDevices, query.platform == nil { return devices.map { .device($0) } }
            return platforms.map { .tagged(organization: organization, $0, devices) }
        }
        if query.platform == nil, try organizations.isOnly(database) { return [.everything] }
        return platforms.map { .platform(organization: organization, $0) }
    }

    private static func devices(
        with filters: [DeviceQuery.TagFilter], _ organization: Int64, _ database: Database
    ) throws -> Set<Int64> {
        try filters.reduce(into: Set<Int64>?.none) { devices, filter in
            let places = filter.values.map { _ in "?" }.joined(separator: ", ")
            let matches = try Set(
                Int64.fetchAll(
                    database,
                    sql: """
                        SELECT device FROM deviceTag
                        WHERE organization = ? AND name = ? AND value IN (\(places))
                        """, arguments: [organization, filter.name] + StatementArguments(filter.values)))
            devices = devices?.intersection(matches) ?? matches
        } ?? []
    }
}

/// Consecutive sequence numbers whose blocks overlap the window of time that is asked for.
struct PacketRun {
    var first: Int64
    var last: Int64
}

/// Finds the runs of a query in their order. Looks at few blocks at a time, more as it goes on: most
/// pages end in the first.
struct PacketRuns {
    private let query: PacketQuery
    private var after: Int64
    private var limit: Int64 = 2
    private var isDone = false

    init(of query: PacketQuery) {
        self.query = query
        after = query.after
    }

    mutating func next(_ database: Database) throws -> PacketRun? {
        guard !isDone else { return nil }
        let statement = try FastStatement(
            database,
            """
            SELECT first_sequence, last_sequence FROM packetBlock
            WHERE first_sequence >= ?1 AND last_sequence > ?2 AND first_sequence <= ?3
                AND latest >= ?4 AND earliest < ?5
            ORDER BY first_sequence LIMIT ?6
            """)
        let length = PacketWriter.blockLength
        statement.bind((after + 1) / length * length, at: 1)
        statement.bind(after, at: 2)
        statement.bind(query.through, at: 3)
        statement.bind(query.received.lowerBound.microseconds, at: 4)
        statement.bind(query.received.upperBound.microseconds, at: 5)
        statement.bind(limit, at: 6)
        defer { statement.reset() }
        var run: PacketRun?
        while try statement.next() {
            let (first, last) = (max(statement.int(0), after + 1), min(statement.int(1), query.through))
            guard first <= last else { continue }
            guard let known = run else {
                run = PacketRun(first: first, last: last)
                continue
            }
            // Behind a gap another run begins, which is for the next time.
            guard known.last / length + 1 == first / length else { break }
            run?.last = last
        }
        guard let run else {
            isDone = true
            return nil
        }
        after = run.last
        limit = min(limit * 4, 256)
        return run
    }
}
