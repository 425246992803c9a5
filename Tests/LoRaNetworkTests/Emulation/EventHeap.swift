/// Events in the order of their time; at one time, in the order in which they were added.
struct EventHeap {
    private var heap: [(at: Int64, number: Int, event: World.Event)] = []
    private var number = 0

    var next: Int64? { heap.first?.at }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        (heap[a].at, heap[a].number) < (heap[b].at, heap[b].number)
    }

    mutating func add(_ event: World.Event, at time: Int64) {
        number += 1
        heap.append((time, number, event))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> World.Event? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let child = left + 1 < heap.count && isBefore(left + 1, left) ? left + 1 : left
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first.event
    }
}
