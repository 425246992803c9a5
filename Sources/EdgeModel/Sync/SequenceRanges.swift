/// Which ingest sequence numbers have arrived: closed ranges, ascending, with gaps between them.
package struct SequenceRanges: Hashable, Sendable, Codable {
    /// More ranges than this are not kept: who sends must fill gaps first.
    package static let limit = 64

    package private(set) var ranges: [ClosedRange<Int64>]

    package init() { ranges = [] }

    /// The union of `ranges`, in any order; what lies below 1 is left out.
    package init(_ ranges: some Sequence<ClosedRange<Int64>>) {
        self.init()
        for range in ranges where range.upperBound >= 1 {
            insert(max(1, range.lowerBound)...range.upperBound)
        }
    }

    /// Everything up to here is there; 0 when the first number is missing.
    package var mark: Int64 {
        guard let first = ranges.first, first.lowerBound == 1 else { return 0 }
        return first.upperBound
    }

    /// The highest number that is there; 0 when there is none.
    package var upperBound: Int64 { ranges.last?.upperBound ?? 0 }

    package func contains(_ number: Int64) -> Bool { ranges.contains { $0.contains(number) } }

    package func contains(_ range: ClosedRange<Int64>) -> Bool {
        ranges.contains { $0.lowerBound <= range.lowerBound && $0.upperBound >= range.upperBound }
    }

    /// What is missing from 1 up to `last`, ascending.
    package func missing(through last: Int64) -> [ClosedRange<Int64>] {
        var next: Int64 = 1
        var gaps: [ClosedRange<Int64>] = []
        for range in ranges where next <= last {
            if range.lowerBound > next { gaps.append(next...min(range.lowerBound - 1, last)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= last { gaps.append(next...last) }
        return gaps
    }

    /// What is in both.
    package func intersection(_ other: SequenceRanges) -> SequenceRanges {
        SequenceRanges(
            ranges.flatMap { range in
                other.ranges.filter { $0.overlaps(range) }.map { $0.clamped(to: range) }
            })
    }

    /// The first run of what is here and not in `other`.
    package func first(notIn other: SequenceRanges) -> ClosedRange<Int64>? {
        for range in ranges {
            var next = range.lowerBound
            for known in other.ranges where known.upperBound >= next {
                guard known.lowerBound <= next else {
                    return next...min(range.upperBound, known.lowerBound - 1)
                }
                next = known.upperBound + 1
                if next > range.upperBound { break }
            }
            if next <= range.upperBound { return next...range.upperBound }
        }
        return nil
    }

    package mutating func insert(_ range: ClosedRange<Int64>) {
        var merged = range
        var kept: [ClosedRange<Int64>] = []
        kept.reserveCapacity(ranges.count + 1)
        for other in ranges {
            let touches =
                other.lowerBound <= merged.upperBound.saturatingSuccessor
                && merged.lowerBound <= other.upperBound.saturatingSuccessor
            if touches {
                let lower = min(other.lowerBound, merged.lowerBound)
                merged = lower...max(other.upperBound, merged.upperBound)
            } else {
                kept.append(other)
            }
        }
        let place = kept.firstIndex { $0.lowerBound > merged.upperBound } ?? kept.count
        kept.insert(merged, at: place)
        ranges = kept
    }
}

extension Int64 {
    fileprivate var saturatingSuccessor: Int64 { self == .max ? self : self + 1 }
}
