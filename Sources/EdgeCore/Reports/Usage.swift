package import EdgeModel

/// What an organization used, by day and by month, from roll-ups. UTC.
package struct Usage: Sendable {
    package struct Day: Sendable {
        package let start: Timestamp
        package fileprivate(set) var activeDevices = 0
        package fileprivate(set) var billableDevices = 0
        package fileprivate(set) var packets = 0
    }

    package struct Month: Sendable {
        package let month: BillingMonth
        /// In the whole month, also where not all of its days were asked for.
        package fileprivate(set) var activeDevices = 0
        package fileprivate(set) var billableDevices = 0
        package fileprivate(set) var packets = 0
    }

    /// Most days that are answered at once.
    package static let dayLimit = 366

    package fileprivate(set) var days: [Day]
    package fileprivate(set) var months: [Month]
    /// Different devices in all of the days.
    package fileprivate(set) var activeDevices = 0
    package fileprivate(set) var billableDevices = 0
    /// Days that have begun, of the days.
    package let elapsedDays: Int

    package var packets: Int { days.reduce(0) { $0 + $1.packets } }
    package var deviceDays: Int { days.reduce(0) { $0 + $1.activeDevices } }
    package var averageDailyActiveDevices: Double {
        elapsedDays == 0 ? 0 : Double(deviceDays) / Double(elapsedDays)
    }
    package var maximumDailyActiveDevices: Int { days.map(\.activeDevices).max() ?? 0 }

    /// The same in the words of an invoice.
    var billed: BilledUsage {
        var usage = BilledUsage()
        usage.activeDevices = activeDevices
        usage.billableDevices = billableDevices
        usage.peakDevices = maximumDailyActiveDevices
        usage.peakDay =
            usage.peakDevices == 0
            ? nil : days.first { $0.activeDevices == usage.peakDevices }?.start.day
        usage.deviceDays = deviceDays
        usage.packets = packets
        return usage
    }
}

extension Usage {
    /// The days that a request means: `start` and `end` included; by default the running month up to
    /// today. Throws `invalid` for a range that ends before it begins, or is longer than `dayLimit`.
    package static func days(from start: Int64?, to end: Int64?, today: Int64) throws -> Range<Int64> {
        let last = end ?? max(today, start ?? today)
        let first = start ?? BillingMonth(ofDay: last).start.day
        guard first <= last else { throw EdgeError.invalid("start_date lies after end_date") }
        guard last - first < Int64(dayLimit) else {
            throw EdgeError.invalid("end_date: at most \(dayLimit) days are answered at once")
        }
        return first..<last + 1
    }

    /// Sums of `days`, with `volumes` and `activity` of the whole months that they touch.
    init(
        _ range: Range<Int64>, volumes: [PacketVolume], activity: [DeviceActivity], unbilled: DeviceSet,
        today: Int64
    ) {
        days = range.map { Day(start: Timestamp(seconds: $0 * 86_400)) }
        elapsedDays = range.count { $0 <= today }
        let touched = Self.months(of: range)
        months = touched.map { Month(month: $0) }
        for volume in volumes {
            let day = volume.hour.day
            if range.contains(day) { days[Int(day - range.lowerBound)].packets += volume.packets }
            if let place = touched.firstIndex(of: BillingMonth(ofDay: day)) {
                months[place].packets += volume.packets
            }
        }
        var all = DeviceSet()
        var monthly = touched.map { _ in DeviceSet() }
        for entry in activity {
            let day = entry.start.day
            if range.contains(day) {
                let place = Int(day - range.lowerBound)
                (days[place].activeDevices, days[place].billableDevices) = Self.counts(
                    entry.devices, unbilled)
                all.formUnion(entry.devices)
            }
            if let place = touched.firstIndex(of: BillingMonth(ofDay: day)) {
                monthly[place].formUnion(entry.devices)
            }
        }
        for (place, devices) in monthly.enumerated() {
            (months[place].activeDevices, months[place].billableDevices) = Self.counts(devices, unbilled)
        }
        (activeDevices, billableDevices) = Self.counts(all, unbilled)
    }

    /// The months that a range of days touches.
    static func months(of days: Range<Int64>) -> [BillingMonth] {
        (BillingMonth(ofDay: days.lowerBound).rawValue...BillingMonth(ofDay: days.upperBound - 1).rawValue)
            .map(BillingMonth.init(rawValue:))
    }

    private static func counts(_ active: DeviceSet, _ unbilled: DeviceSet) -> (active: Int, billable: Int) {
        var billable = active
        billable.subtract(unbilled)
        return (active.count, billable.count)
    }
}
