package import EdgeModel

/// The buckets of a metrics request: consecutive, in UTC, the newest one still filling.
package struct MetricsWindow: Sendable {
    package enum Interval: String, CaseIterable, Sendable {
        case hour, day, month
    }

    package let interval: Interval
    /// The starts of the buckets, and behind them the end of the last.
    private let bounds: [Timestamp]

    package static let days = 1...365
    /// More buckets than this are refused.
    package static let bucketLimit = 365

    /// `interval` is by default hours for one day, days for a month, months beyond. Throws `invalid` for
    /// a window of more than 365 buckets.
    package init(daysBack: Int, interval: Interval?, now: Timestamp) throws {
        guard Self.days.contains(daysBack) else {
            throw EdgeError.invalid("days_back: 1 to 365 days are expected")
        }
        let interval = interval ?? (daysBack == 1 ? .hour : daysBack <= 31 ? .day : .month)
        self.interval = interval
        switch interval {
        case .hour:
            let count = Int64(daysBack) * 24
            guard count <= Self.bucketLimit else {
                throw EdgeError.invalid(
                    "interval=hour: more than \(Self.bucketLimit) buckets; at most 15 days by the hour")
            }
            let last = Hour(of: now).rawValue
            bounds = (last - count + 1...last + 1).map { Hour(rawValue: $0).start }
        case .day:
            bounds = (now.day - Int64(daysBack) + 1...now.day + 1).map { Timestamp(seconds: $0 * 86_400) }
        case .month:
            let first = CivilTime(Timestamp(seconds: (now.day - Int64(daysBack) + 1) * 86_400))
            let last = CivilTime(now)
            let months = first.year * 12 + first.month - 1...last.year * 12 + last.month
            bounds = months.compactMap { month in
                CivilTime(year: month / 12, month: month % 12 + 1, day: 1).timestamp
            }
        }
    }

    package var starts: ArraySlice<Timestamp> { bounds.dropLast() }

    package var hours: Range<Hour> {
        Hour(
            of: bounds.first ?? Timestamp(microseconds: 0))..<Hour(
                of: bounds.last ?? Timestamp(microseconds: 0))
    }

    package var daysSince1970: Range<Int64> {
        (bounds.first?.day ?? 0)..<((bounds.last?.day ?? 0) + (interval == .hour ? 1 : 0))
    }

    /// The place of the bucket that `time` lies in; nil outside.
    package func place(of time: Timestamp) -> Int? {
        guard let first = bounds.first, let last = bounds.last, time >= first, time < last else { return nil }
        switch interval {
        case .hour: return Int(Hour(of: time).rawValue - Hour(of: first).rawValue)
        case .day: return Int(time.day - first.day)
        case .month:
            let (a, b) = (CivilTime(first), CivilTime(time))
            return (b.year - a.year) * 12 + b.month - a.month
        }
    }
}
