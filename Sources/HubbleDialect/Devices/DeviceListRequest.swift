import EdgeCore
import EdgeHTTP
import EdgeModel

/// A list of devices as a client asks for it, and as a continuation token carries it on.
struct DeviceListRequest: Codable {
    var tags: [Filter] = []
    var pattern: String?
    var createdAfter: Int64?
    var createdBefore: Int64?
    var createdWithin: [Int64]?
    var seenWithin: [Int64]?
    var sort = DeviceQuery.Sort.createdAt.rawValue
    var ascending = true
    var limit: Int
    /// Counted once, with the first page.
    var total: Int?
    var afterName: String?
    var afterTime: Int64?
    var afterRow: Int64?

    struct Filter: Codable {
        var name: String
        var values: [String]
    }

    private static let betweenSchema = Schema.characters(11...64, pattern: #"^between:[^:]+:[^:]+$"#)
        .example(#""between:1705276800:1705363200""#)

    static let parameters: [Parameter] = [
        Parameter("platform_tag", .text.example(#""hubnet.platform=LoRaWAN""#), "A platform tag"),
        Parameter("tag", .text.example(#""location=warehouse-a""#), "A custom tag"),
        Parameter("name_pattern", .characters(0...DeviceRules.nameLimit), "A part of the name, in any case"),
        Parameter("created_after", .time, "Created strictly after"),
        Parameter("created_before", .time, "Created strictly before"),
        Parameter(
            "sort", .string(values: DeviceQuery.Sort.allCases.map(\.rawValue)), "created_at by default"),
        Parameter("order", .string(values: ["asc", "desc"]), "asc by default"),
        Parameter("limit", .integer(minimum: 1), "100 by default; more than 1000 counts as 1000"),
        Parameter("filter_tags", .text, "name:value; repeated, names must all match, values any"),
        Parameter("filter_created_ts", betweenSchema, "between:FROM:TO in seconds since 1970, TO excluded"),
        Parameter(
            "filter_most_recent_packet_ts", betweenSchema,
            "between:FROM:TO in seconds since 1970, TO excluded"),
        Parameter(
            "sort_field", .string(values: ["name", "created_ts", "updated_ts"]), "The official name of sort"),
        Parameter("sort_ascending", .boolean, "The official form of order"),
        Parameter("Continuation-Token", .text, "From the page before", in: .header),
    ]

    init(_ query: Query) throws {
        limit = try query.integer("limit", minimum: 1, maximum: 1_000) ?? 100
        for name in ["platform_tag", "tag"] {
            for text in query.values(name) {
                tags.append(try Self.filter(text, separator: "=", parameter: name))
            }
        }
        let official = query.values("filter_tags").flatMap { $0.split(separator: ",") }
        for text in official {
            add(try Self.filter(String(text), separator: ":", parameter: "filter_tags"))
        }
        guard tags.count <= 16 else { throw EdgeError.invalid("more than 16 tag filters") }
        pattern = query["name_pattern"]
        if let pattern, pattern.unicodeScalars.count > DeviceRules.nameLimit {
            throw EdgeError.invalid("name_pattern is longer than a name can be")
        }
        createdAfter = try query.time("created_after")?.microseconds
        createdBefore = try query.time("created_before")?.microseconds
        createdWithin = try Self.between(query, "filter_created_ts")
        seenWithin = try Self.between(query, "filter_most_recent_packet_ts")
        try readOrder(query)
    }

    private mutating func readOrder(_ query: Query) throws {
        if let sort = try query.choice("sort", DeviceQuery.Sort.self) { self.sort = sort.rawValue }
        switch query["sort_field"] {
        case nil: break
        case "name": sort = DeviceQuery.Sort.name.rawValue
        case "created_ts", "created_at": sort = DeviceQuery.Sort.createdAt.rawValue
        case "updated_ts", "updated_at": sort = DeviceQuery.Sort.updatedAt.rawValue
        default: throw EdgeError.invalid("sort_field: one of name, created_ts, updated_ts is expected")
        }
        switch query["order"]?.lowercased() {
        case nil, "asc": break
        case "desc": ascending = false
        default: throw EdgeError.invalid("order: asc or desc is expected")
        }
        if let flag = try query.boolean("sort_ascending") { ascending = flag }
    }

    /// Values of one name are alternatives.
    private mutating func add(_ filter: Filter) {
        if let index = tags.firstIndex(where: { $0.name == filter.name }) {
            tags[index].values += filter.values
        } else {
            tags.append(filter)
        }
    }

    static func filter(_ text: String, separator: Character, parameter: String) throws -> Filter {
        guard let place = text.firstIndex(of: separator), place != text.startIndex else {
            throw EdgeError.invalid("\(parameter): name\(separator)value is expected")
        }
        return Filter(name: String(text[..<place]), values: [String(text[text.index(after: place)...])])
    }

    private static func between(_ query: Query, _ name: String) throws -> [Int64]? {
        guard let text = query[name] else { return nil }
        let parts = text.split(separator: ":")
        guard parts.count == 3, parts[0] == "between", let from = TimeText.parse(parts[1]),
            let to = TimeText.parse(parts[2]), from <= to
        else { throw EdgeError.invalid("\(name): between:FROM:TO in seconds since 1970 is expected") }
        return [from.microseconds, to.microseconds]
    }

    func query(in organization: OrganizationID) -> DeviceQuery {
        var query = DeviceQuery(organization: organization, limit: limit)
        query.tags = tags.map { DeviceQuery.TagFilter(name: $0.name, values: $0.values) }
        query.namePattern = pattern
        query.createdAfter = createdAfter.map(Timestamp.init(microseconds:))
        query.createdBefore = createdBefore.map(Timestamp.init(microseconds:))
        query.createdWithin = createdWithin.flatMap(Self.range)
        query.seenWithin = seenWithin.flatMap(Self.range)
        query.sort = DeviceQuery.Sort(rawValue: sort) ?? .createdAt
        query.ascending = ascending
        if let row = afterRow {
            query.after = afterName.map { .name($0, row: row) } ?? afterTime.map { .time($0, row: row) }
        }
        return query
    }

    private static func range(_ ends: [Int64]) -> Range<Timestamp>? {
        guard ends.count == 2, ends[0] <= ends[1] else { return nil }
        return Timestamp(microseconds: ends[0])..<Timestamp(microseconds: ends[1])
    }

    func continued(after cursor: DeviceQuery.Cursor) -> DeviceListRequest {
        var next = self
        switch cursor {
        case .name(let name, let row): (next.afterName, next.afterTime, next.afterRow) = (name, nil, row)
        case .time(let time, let row): (next.afterName, next.afterTime, next.afterRow) = (nil, time, row)
        }
        return next
    }
}
