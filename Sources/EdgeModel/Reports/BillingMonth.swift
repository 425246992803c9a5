/// A calendar month in UTC: what an invoice is for.
package struct BillingMonth: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Months since the beginning of year 0.
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package init(of time: Timestamp) {
        let civil = CivilTime(time)
        rawValue = Int64(civil.year * 12 + civil.month - 1)
    }

    package init(ofDay day: Int64) { self.init(of: Timestamp(seconds: day * 86_400)) }

    package var year: Int { Int(rawValue.dividedFlooring(by: 12)) }
    /// 1...12
    package var month: Int { Int(rawValue - Int64(year) * 12) + 1 }
    package var next: BillingMonth { BillingMonth(rawValue: rawValue + 1) }
    package var previous: BillingMonth { BillingMonth(rawValue: rawValue - 1) }

    /// Its first moment.
    package var start: Timestamp {
        CivilTime(year: year, month: month, day: 1).timestamp ?? Timestamp(seconds: 253_402_300_800)
    }

    /// The first moment after it.
    package var end: Timestamp { next.start }

    /// Counted from 1970.
    package var days: Range<Int64> { start.day..<end.day }

    /// `2026-03`
    package var description: String { String(CivilTime(start).dateText.dropLast(3)) }

    package static func < (a: BillingMonth, b: BillingMonth) -> Bool { a.rawValue < b.rawValue }
}

extension CivilTime {
    /// `2026-03-01`
    package var dateText: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
