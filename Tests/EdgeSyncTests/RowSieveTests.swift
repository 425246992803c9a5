import EdgeModel
import EdgeSync
import Testing

@Suite struct RowSieveTests {
    /// A central that takes all but these rows.
    private struct Central {
        var refuses: Set<Int64>
        var received = SequenceRanges()
        var sieve = RowSieve()
        var setAside: [Int64] = []
        var requests = 0

        /// Sends the rows up to `last` until the sieve waits or there is none; true for the latter.
        mutating func drain(through last: Int64) -> Bool {
            while requests < 10_000 {
                let gap = sieve.passing(received).missing(through: last).first
                guard let range = sieve.proven.map({ $0...$0 }) ?? gap ?? sieve.oldest.map({ $0...$0 })
                else { return true }
                guard send(range) else { return false }
            }
            return false
        }

        private mutating func send(_ range: ClosedRange<Int64>) -> Bool {
            requests += 1
            let rows = range.prefix(sieve.limit)
            guard let first = rows.first, let last = rows.last else { return false }
            guard rows.contains(where: refuses.contains) else {
                received.insert(first...last)
                sieve.taken(rows.count, in: first...last)
                return true
            }
            switch sieve.refused(rows.count, first: first) {
            case .goesOn: return true
            case .waits: return false
            case .setAside(let sequence):
                setAside.append(sequence)
                received.insert(sequence...sequence)
                sieve.forget(sequence)
                return true
            }
        }
    }

    @Test(arguments: [[1], [500], [250, 251, 252], [3, 900, 1_400], Array(700...760)])
    func `rows that are refused are set aside, and all others go`(_ refused: [Int64]) {
        var central = Central(refuses: Set(refused))
        // What is refused in a row longer than that is tried again after a pause.
        for _ in 0..<100 where !central.drain(through: 2_000) {}
        #expect(central.received.ranges == [1...2_000])
        #expect(central.setAside.sorted() == refused)
        #expect(central.requests < 60 + 40 * refused.count)
    }

    @Test func `a central that takes nothing makes no row be set aside`() {
        var central = Central(refuses: Set(1...2_000))
        for _ in 0..<1_200 { _ = central.drain(through: 2_000) }
        #expect(central.setAside.isEmpty)
        // Not in a hurry either: after the first few, one request for each attempt.
        #expect(central.requests <= 1_200 + RowSieve.patience + 1)
        central.refuses = [7]
        for _ in 0..<100 where !central.drain(through: 2_000) {}
        #expect(central.setAside == [7])
        #expect(central.received.ranges == [1...2_000])
    }

    @Test func `a row that was refused by mistake goes when it is tried again`() {
        var central = Central(refuses: [5])
        let verdict = central.sieve.refused(1, first: 5)
        #expect(verdict == .goesOn)
        central.refuses = []
        let isDone = central.drain(through: 10)
        #expect(isDone)
        #expect(central.setAside.isEmpty)
        #expect(central.received.ranges == [1...10])
    }

    @Test func `the last row alone waits for another that is taken`() {
        var central = Central(refuses: [10])
        let isDone = central.drain(through: 10)
        #expect(!isDone)
        #expect(central.setAside.isEmpty)
        _ = central.drain(through: 11)
        #expect(central.setAside == [10])
        #expect(central.received.ranges == [1...11])
    }
}
