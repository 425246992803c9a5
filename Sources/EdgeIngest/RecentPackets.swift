import EdgeModel
import EdgeStore

/// The packets heard lately, and who heard them: makes repeats and the copies of several gateways
/// into one packet, and writes them down rarely.
///
/// Bounded: the packet that was new the longest ago is forgotten first. One that is forgotten and
/// heard again is found in the database by its identifier.
struct RecentPackets {
    struct Entry {
        var device: DeviceHandle
        /// Nil until it is stored.
        var sequence: Int64?
        var receptions: [Reception]
        /// Something is known here that the database does not know.
        var isDirty = false
        /// What the database lacks is more than a count: another gateway.
        var isUrgent = false
    }

    let capacity: Int
    /// More gateways than this are not told apart for one packet.
    static let receptionLimit = 64

    private var entries: [UniqueID: Entry] = [:]
    /// Identifiers in the order of their arrival; those before `head` are gone.
    private var order: [UniqueID] = []
    private var head = 0
    private var urgent: [UniqueID] = []

    init(capacity: Int) { self.capacity = capacity }

    /// How many packets another gateway has heard since they were written.
    var urgentCount: Int { urgent.count }

    subscript(id: UniqueID) -> Entry? { entries[id] }

    /// Adds a packet that was not here. Returns what had to be forgotten with something unwritten.
    mutating func insert(_ id: UniqueID, _ entry: Entry) -> ReceptionUpdate? {
        entries[id] = entry
        order.append(id)
        guard entries.count > capacity else { return nil }
        let oldest = order[head]
        head += 1
        if head > capacity {
            order.removeFirst(head)
            head = 0
        }
        return entries.removeValue(forKey: oldest).flatMap(Self.update)
    }

    /// Merges another reception into a packet that is here. False when it is not.
    mutating func merge(_ reception: Reception, into id: UniqueID) -> Bool {
        guard var entry = entries.removeValue(forKey: id) else { return false }
        let isNewGateway = entry.receptions.merge(reception, limit: Self.receptionLimit)
        entry.isDirty = true
        if isNewGateway, !entry.isUrgent {
            entry.isUrgent = true
            urgent.append(id)
        }
        entries[id] = entry
        return true
    }

    /// Notes that a packet is stored, with the receptions that the database knows already.
    mutating func stored(_ id: UniqueID, sequence: Int64, written: [Reception], known: [Reception]) {
        guard var entry = entries.removeValue(forKey: id) else { return }
        entry.sequence = sequence
        for reception in known { _ = entry.receptions.merge(reception, limit: Self.receptionLimit) }
        entry.isDirty = entry.receptions != written
        entries[id] = entry
    }

    /// Forgets a packet that could not be stored.
    mutating func forget(_ id: UniqueID) { entries[id] = nil }

    /// What other gateways heard of packets that are stored: to be written with the next commit.
    mutating func takeUrgent() -> [ReceptionUpdate] {
        defer { urgent = [] }
        return take(urgent)
    }

    /// Everything unwritten.
    mutating func takeAll() -> [ReceptionUpdate] {
        urgent = []
        return take(entries.filter { $0.value.isDirty }.map(\.key))
    }

    private mutating func take(_ ids: [UniqueID]) -> [ReceptionUpdate] {
        ids.compactMap { id in
            guard let entry = entries[id] else { return nil }
            // One that is not stored yet goes out whole with its packet.
            entries[id]?.isUrgent = false
            guard let update = Self.update(entry) else { return nil }
            entries[id]?.isDirty = false
            return update
        }
    }

    private static func update(_ entry: Entry) -> ReceptionUpdate? {
        guard entry.isDirty, let sequence = entry.sequence else { return nil }
        return ReceptionUpdate(packet: sequence, receptions: entry.receptions)
    }
}

extension [Reception] {
    /// Adds what a gateway heard to what it heard before. True when the gateway is a new one.
    mutating func merge(_ other: Reception, limit: Int) -> Bool {
        guard let index = firstIndex(where: { $0.gateway == other.gateway }) else {
            guard count < limit else { return false }
            append(other)
            return true
        }
        let isStronger = (other.rssi?.dBm ?? .min) > (self[index].rssi?.dBm ?? .min)
        let (first, last, heard) = (self[index].firstAt, self[index].lastAt, self[index].count)
        if isStronger { self[index] = other }
        self[index].firstAt = Swift.min(first, other.firstAt)
        self[index].lastAt = Swift.max(last, other.lastAt)
        self[index].count = heard + other.count
        return false
    }
}
