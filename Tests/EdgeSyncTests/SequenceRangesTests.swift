import EdgeModel
import EdgeTestSupport
import Testing

@Suite struct SequenceRangesTests {
    @Test func `ranges that touch become one, whatever the order`() {
        #expect(SequenceRanges([5...6, 1...2, 3...4]).ranges == [1...6])
        #expect(SequenceRanges([1...2, 4...5]).ranges == [1...2, 4...5])
        #expect(SequenceRanges([-3 ... -1, 0...2]).ranges == [1...2])
    }

    @Test func `it is what a set of numbers is`() {
        for seed in UInt64(0)..<300 {
            var generator = SeededGenerator(seed: seed)
            var (ranges, set) = (SequenceRanges(), Set<Int64>())
            var (others, otherSet) = (SequenceRanges(), Set<Int64>())
            for _ in 0..<12 {
                let first = Int64.random(in: 1...60, using: &generator)
                let range = first...first + Int64.random(in: 0...6, using: &generator)
                if Bool.random(using: &generator) {
                    ranges.insert(range)
                    set.formUnion(range)
                } else {
                    others.insert(range)
                    otherSet.formUnion(range)
                }
            }
            #expect(Set(ranges.ranges.flatMap { Array($0) }) == set, "seed \(seed)")
            #expect(
                Set(ranges.missing(through: 70).flatMap { Array($0) })
                    == Set(1...70).subtracting(set), "seed \(seed)")
            #expect(
                Set(ranges.intersection(others).ranges.flatMap { Array($0) }) == set.intersection(otherSet),
                "seed \(seed)")
            #expect(
                ranges.first(notIn: others)?.lowerBound == set.subtracting(otherSet).min(), "seed \(seed)")
            let mark = (1...80).first { !set.contains($0) }.map { $0 - 1 }
            #expect(ranges.mark == mark, "seed \(seed)")
        }
    }
}
