/// What is due when: a binary heap. An entry only says where to look; what is there decides.
struct Agenda: Sendable {
    struct Entry: Sendable {
        var at: NetworkInstant
        var kind: Kind
        var place: Int
    }

    enum Kind: Sendable {
        /// A collection window closes.
        case collection
        /// A TX_ACK is missing.
        case flight
        /// Class C: something may be sent.
        case classC
        /// A queued item expires.
        case expiry
    }

    private var heap: [Entry] = []

    var next: NetworkInstant? { heap.first?.at }
    var count: Int { heap.count }

    mutating func add(_ kind: Kind, of place: Int, at instant: NetworkInstant) {
        heap.append(Entry(at: instant, kind: kind, place: place))
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The earliest entry that is due.
    mutating func popDue(_ now: NetworkInstant) -> Entry? {
        guard let first = heap.first, first.at <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let right = left + 1
            let child = right < heap.count && heap[right].at < heap[left].at ? right : left
            guard heap[child].at < heap[parent].at else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }
}
