extension EphemeralIDSegment {
    /// A segment, and the devices in it that no longer count.
    typealias Visible = (segment: EphemeralIDSegment, hidden: Set<Int32>)

    /// Takes from `previous` what is wanted, and derives the wanted units that are not there, each of
    /// `unitLength` entries. Returns the one previous segment itself when it holds exactly what is wanted.
    init(
        keeping previous: [Visible], wanted: [EphemeralIDDemand], unitLength: Int,
        deriving derive: (EphemeralIDDemand) -> [Entry]
    ) {
        let units = Set(wanted.map(\.unit))
        var entries = Self.visibleEntries(previous).filter { units.contains($0.unit) }
        let keptCount = entries.count
        let kept = Set(entries.map(\.unit))
        // Growing by doubling would take twice what a pool of millions needs.
        entries.reserveCapacity(keptCount + (units.count - kept.count) * unitLength)
        for demand in wanted where !kept.contains(demand.unit) { entries += derive(demand) }
        if let only = previous.first?.segment, previous.count == 1, only.count == keptCount,
            entries.count == keptCount
        {
            self = only
        } else {
            self.init(entries)
        }
    }

    init(merging previous: [Visible]) {
        self.init(Self.visibleEntries(previous))
    }

    private static func visibleEntries(_ previous: [Visible]) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(previous.reduce(0) { $0 + $1.segment.count })
        for (segment, hidden) in previous {
            entries += segment.entries.filter { !hidden.contains($0.device) }
        }
        return entries
    }
}
