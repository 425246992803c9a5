import EdgeModel

/// Pages that were served lately, for those who ask for the same one again and again while nothing
/// comes in: many phones before one shelf.
struct KeptPages {
    static let limit = 16
    static let entryLimit = 257

    private struct Kept {
        let page: PacketPage
        /// The window began here,
        let from: Timestamp
        /// and none of the page is older than this.
        let oldest: Timestamp
    }

    private var pages: [PacketQuery: Kept] = [:]

    /// A window of the last seven days begins later with every request. The page is still the same
    /// while that leaves out none of its packets: what had no room in it stands behind them.
    func page(_ query: PacketQuery) -> PacketPage? {
        guard let kept = pages[Self.key(query)], kept.from <= query.received.lowerBound,
            query.received.lowerBound <= kept.oldest
        else { return nil }
        return kept.page
    }

    mutating func keep(_ page: PacketPage, of entries: [PacketEntry], for query: PacketQuery) {
        if pages.count >= Self.limit { pages = [:] }
        let oldest = entries.map(\.packet.receivedAt).min()
        pages[Self.key(query)] = Kept(
            page: page, from: query.received.lowerBound, oldest: oldest ?? query.received.lowerBound)
    }

    /// The query, whenever its window begins.
    private static func key(_ query: PacketQuery) -> PacketQuery {
        var key = query
        key.received = Timestamp(microseconds: .min)..<query.received.upperBound
        return key
    }
}
