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
        var kept: Set<EphemeralIDUnit> = []
        var keptCount = 0
        Self.walk(previous) { entry in
            guard units.contains(entry.unit) else { return }
            kept.insert(entry.unit)
            keptCount += 1
        }
        var derived: [Entry] = []
        // Growing by doubling would take twice what a pool of millions needs.
        derived.reserveCapacity((units.count - kept.count) * unitLength)
        for demand in wanted where !kept.contains(demand.unit) { derived += derive(demand) }
        if let only = previous.first?.segment, previous.count == 1, only.count == keptCount, derived.isEmpty {
            self = only
        } else {
            self.init { visit in
                Self.walk(previous) { if kept.contains($0.unit) { visit($0) } }
                for entry in derived { visit(entry) }
            }
        }
    }

    init(merging previous: [Visible]) {
        self.init { Self.walk(previous, $0) }
    }

    private static func walk(_ previous: [Visible], _ visit: (Entry) -> Void) {
        for (segment, hidden) in previous {
            for entry in segment.entries where hidden.isEmpty || !hidden.contains(entry.device) {
                visit(entry)
            }
        }
    }
}
