/// Things to do, earliest first: a binary heap. Equal times come in the order of their numbers.
struct Schedule: Sendable {
    struct Entry: Comparable, Sendable {
        var due: Duration
        /// Which device.
        var device: Int
        /// 0 for a new message, then its repetitions.
        var repetition = 0

        static func < (a: Entry, b: Entry) -> Bool {
            (a.due, a.device, a.repetition) < (b.due, b.device, b.repetition)
        }
    }

    private var heap: [Entry] = []

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while let child = smallerChild(of: parent), heap[child] < heap[parent] {
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }

    private func smallerChild(of parent: Int) -> Int? {
        let left = 2 * parent + 1
        guard left < heap.count else { return nil }
        let right = left + 1
        return right < heap.count && heap[right] < heap[left] ? right : left
    }
}
