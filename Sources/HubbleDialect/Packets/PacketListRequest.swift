import EdgeCore
import EdgeHTTP
import EdgeModel

/// A list of packets as a client asks for it, and as a continuation token carries it on.
struct PacketListRequest: Codable {
    var from: Int64
    /// Excluded. Nil when the list ends with what there is, or follows what comes in.
    var to: Int64?
    var device: String?
    var platform: Int?
    var tags: [DeviceListRequest.Filter] = []
    var limit: Int
    var after: Int64 = 0
    /// The newest packet when the first page was read: where the list ends. Nil when it follows.
    var through: Int64?
    /// Where in the frames that no key opened the list goes on, once the packets are through; nil when
    /// they are not asked for.
    var frames: FramePlace?

    /// A place among unopened frames; microseconds since 1970 and the number behind them.
    struct FramePlace: Codable {
        var at: Int64
        var number: Int64
    }

    static let parameters: [Parameter] = [
        Parameter("start_time", .time, "From here on; 7 days ago by default"),
        Parameter("end_time", .time, "To before this; now by default"),
        Parameter("device_id", .text, "Packets of one device"),
        Parameter("platform_tag", .text.example(#""hubnet.platform=LoRaWAN""#), "A platform tag, or another"),
        Parameter(
            "limit", .integer(minimum: 1), "100 by default, 1000 with start or end; never more than 1000"),
        Parameter("start", .number, "start_time in seconds since 1970"),
        Parameter("end", .number, "end_time in seconds since 1970"),
        Parameter("filter_tags", .text, "name:value; repeated, names must all match, values any"),
        Parameter(
            "include", .string(values: ["undecrypted", "items"]),
            "undecrypted: behind the packets, the frames that no key opens; items: the page also as items"),
        Parameter("follow", .boolean, "Give a token also at the end, to wait for what comes in"),
        Parameter("Continuation-Token", .text, "From the page before", in: .header),
    ]

    static let defaultWindow = Duration.seconds(7 * 86_400)

    /// `newest` is the sequence number of the newest packet there is.
    init(_ query: Query, now: Timestamp, newest: Int64) throws {
        let follows = try query.boolean("follow") ?? false
        let start = try query.time("start_time") ?? query.time("start")
        let end = try query.time("end_time") ?? query.time("end")
        // A packet of this very moment is before the end.
        let last = end ?? now.advanced(byMicroseconds: 1)
        let first = start ?? min(now, last).advanced(byMicroseconds: -Self.defaultWindow.microseconds)
        guard first <= last else { throw EdgeError.invalid("start_time is after end_time") }
        from = first.microseconds
        to = end?.microseconds
        through = follows ? nil : newest
        device = query["device_id"]
        let isOfficial = query["start"] != nil || query["end"] != nil
        limit =
            try query.integer("limit", minimum: 1, maximum: Packets.pageLimit)
            ?? (isOfficial ? Packets.pageLimit : 100)
        try readTags(query)
        try readInclusions(query, follows: follows, last: last)
    }

    private mutating func readInclusions(_ query: Query, follows: Bool, last: Timestamp) throws {
        let included = query.values("include").flatMap { $0.split(separator: ",") }
        guard included.allSatisfy({ $0 == "undecrypted" || $0 == "items" }) else {
            throw EdgeError.invalid("include: undecrypted or items is expected")
        }
        guard included.contains("undecrypted") else { return }
        guard !follows else { throw EdgeError.invalid("include=undecrypted does not go with follow") }
        // What no key opens is of no device and has no tags.
        guard device == nil, tags.isEmpty else { return }
        frames = FramePlace(at: from - 1, number: .max)
        // They have no number to end at.
        to = last.microseconds
    }

    private mutating func readTags(_ query: Query) throws {
        for text in query.values("platform_tag") {
            try add(DeviceListRequest.filter(text, separator: "=", parameter: "platform_tag"))
        }
        for text in query.values("filter_tags").flatMap({ $0.split(separator: ",") }) {
            try add(DeviceListRequest.filter(String(text), separator: ":", parameter: "filter_tags"))
        }
        guard tags.count <= 16 else { throw EdgeError.invalid("more than 16 tag filters") }
    }

    private mutating func add(_ filter: DeviceListRequest.Filter) throws {
        if filter.name == Device.platformTag, let named = filter.values.first.flatMap(Platform.init(name:)) {
            platform = named.rawValue
        } else if let index = tags.firstIndex(where: { $0.name == filter.name }) {
            tags[index].values += filter.values
        } else {
            tags.append(filter)
        }
    }

    func query(in organization: OrganizationID) -> PacketQuery {
        var query = PacketQuery(
            organization: organization,
            received: Timestamp(microseconds: from)..<Timestamp(microseconds: max(from, to ?? .max)),
            limit: limit, through: through ?? .max)
        query.device = device.map(DeviceID.init)
        query.platform = platform.flatMap(Platform.init(rawValue:))
        query.tags = tags.map { DeviceQuery.TagFilter(name: $0.name, values: $0.values) }
        query.after = after
        return query
    }

    /// The unopened frames that may fill what is left of a page, and one more; nil when none are asked for.
    func unopened(filling room: Int) -> UnopenedFrameQuery? {
        frames.map { place in
            UnopenedFrameQuery(
                after: UnopenedFrame.Place(
                    receivedAt: Timestamp(microseconds: place.at), number: place.number),
                before: Timestamp(microseconds: to ?? .max),
                platform: platform.flatMap(Platform.init(rawValue:)), limit: room + 1)
        }
    }

    /// The packets are through: on with the frames behind `last`.
    func continued(behind last: UnopenedFrame?) -> PacketListRequest {
        var next = self
        next.after = through ?? after
        if let place = last?.place {
            next.frames = FramePlace(at: place.receivedAt.microseconds, number: place.number)
        }
        return next
    }

    func continued(after sequence: Int64) -> PacketListRequest {
        var next = self
        next.after = sequence
        return next
    }
}
