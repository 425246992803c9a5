import EdgeModel
import EdgeStore

/// The packets heard lately, and who heard them: makes repeats and the copies of several gateways
/// into one packet, and writes them down rarely.
///
/// Bounded: the packet that was new the longest ago is forgotten first. One that is forgotten and
/// heard again is found in the database by its identifier.
struct RecentPackets {
    struct Entry {
        var heardBy: HeardBy
        /// Something is known here that the database does not know.
        var isDirty = false
        /// What the database lacks is more than a count: another gateway.
        var isUrgent = false
        /// Nil until it is stored.
        var sequence: Int64?

        init(_ reception: Reception) { heardBy = HeardBy(reception) }

        fileprivate var update: ReceptionUpdate? {
            guard isDirty, let sequence else { return nil }
            return ReceptionUpdate(packet: sequence, receptions: heardBy.receptions)
        }
    }

    let capacity: Int

    /// In the order of their arrival; when there is no more room, the next takes the place of the oldest.
    private var ring: [(id: UniqueID, entry: Entry)] = []
    private var oldest = 0
    private var places: [UniqueID: Int32]
    private var urgent: [UniqueID] = []

    /// `capacity` is one at least.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        places = Dictionary(minimumCapacity: self.capacity)
        ring.reserveCapacity(self.capacity)
    }

    /// How many packets another gateway has heard since they were written.
    var urgentCount: Int { urgent.count }

    subscript(id: UniqueID) -> Entry? { places[id].map { ring[Int($0)].entry } }

    /// Adds a packet that was not here. Returns what had to be forgotten with something unwritten.
    mutating func insert(_ id: UniqueID, _ entry: Entry) -> ReceptionUpdate? {
        guard ring.count == capacity else {
            places[id] = Int32(ring.count)
            ring.append((id, entry))
            return nil
        }
        defer { oldest = (oldest + 1) % capacity }
        let forgotten = ring[oldest]
        let isHere = places[forgotten.id] == Int32(oldest)
        if isHere { places[forgotten.id] = nil }
        ring[oldest] = (id, entry)
        places[id] = Int32(oldest)
        return isHere ? forgotten.entry.update : nil
    }

    /// Merges another reception into a packet that is here. False when it is not.
    mutating func merge(_ reception: Reception, into id: UniqueID) -> Bool {
        guard let place = places[id].map(Int.init) else { return false }
        let isNewGateway = ring[place].entry.heardBy.merge(reception)
        ring[place].entry.isDirty = true
        if isNewGateway, !ring[place].entry.isUrgent {
            ring[place].entry.isUrgent = true
            urgent.append(id)
        }
        return true
    }

    /// Notes that a packet is stored, with the receptions that the database knows already.
    mutating func stored(_ id: UniqueID, sequence: Int64, written: [Reception], known: [Reception]) {
        guard let place = places[id].map(Int.init) else { return }
        ring[place].entry.sequence = sequence
        for reception in known { _ = ring[place].entry.heardBy.merge(reception) }
        ring[place].entry.isDirty = ring[place].entry.heardBy.receptions != written
    }

    /// Forgets a packet that could not be stored.
    mutating func forget(_ id: UniqueID) { places[id] = nil }

    /// What other gateways heard of packets that are stored: to be written with the next commit.
    mutating func takeUrgent() -> [ReceptionUpdate] {
        defer { urgent = [] }
        return take(urgent.compactMap { places[$0] })
    }

    /// Everything unwritten.
    mutating func takeAll() -> [ReceptionUpdate] {
        urgent = []
        return take(places.values.filter { ring[Int($0)].entry.isDirty })
    }

    private mutating func take(_ places: [Int32]) -> [ReceptionUpdate] {
        places.map(Int.init).compactMap { place in
            // One that is not stored yet goes out whole with its packet.
            ring[place].entry.isUrgent = false
            guard let update = ring[place].entry.update else { return nil }
            ring[place].entry.isDirty = false
            return update
        }
    }
}
