/// The entries of some devices over the window, immutable but for the devices that are hidden.
struct EphemeralIDLayer: Sendable {
    struct Day: Sendable {
        var counter: TimeCounter
        var segment: EphemeralIDSegment<UInt32>
    }

    /// The middle of the window first: that is where most packets are found.
    private var days: [Day]
    private var uptime: EphemeralIDSegment<UInt32>
    private var eax: EphemeralIDSegment<UInt64>
    /// Devices that a later layer knows better, or that are gone.
    private(set) var hidden: Set<Int32> = []

    var count: Int { days.reduce(uptime.count + eax.count) { $0 + $1.segment.count } }

    /// Takes from `previous` what `plan` still wants and derives what is missing.
    init(
        _ plan: EphemeralIDPlan, window: ClosedRange<TimeCounter>, keeping previous: [EphemeralIDLayer] = []
    ) {
        days = Self.fromTheMiddle(window).map { counter in
            let segment = EphemeralIDSegment(
                keeping: previous.compactMap { $0.visible(on: counter) }, wanted: plan.daily, unitLength: 1
            ) { demand in
                let eid = EphemeralID(counterMode: demand.key, at: counter)
                return [.init(id: UInt32(truncatingIfNeeded: eid.rawValue), unit: demand.unit, index: 0)]
            }
            return Day(counter: counter, segment: segment)
        }
        uptime = EphemeralIDSegment(
            keeping: previous.map { ($0.uptime, $0.hidden) }, wanted: plan.uptime,
            unitLength: TimeCounter.uptimePool.count, deriving: Self.uptimePool)
        eax = EphemeralIDSegment(
            keeping: previous.map { ($0.eax, $0.hidden) }, wanted: plan.eax,
            unitLength: TimeCounter.uptimePool.count, deriving: Self.eaxPool)
    }

    /// What is visible in two layers of one window, without deriving anything.
    init(merging first: EphemeralIDLayer, _ second: EphemeralIDLayer) {
        days = first.days.map { day in
            Day(
                counter: day.counter,
                segment: EphemeralIDSegment(
                    merging: [first, second].compactMap { $0.visible(on: day.counter) }))
        }
        uptime = EphemeralIDSegment(merging: [(first.uptime, first.hidden), (second.uptime, second.hidden)])
        eax = EphemeralIDSegment(merging: [(first.eax, first.hidden), (second.eax, second.hidden)])
    }

    mutating func hide(_ device: Int32) { hidden.insert(device) }

    /// Calls `body` with the candidates of a version 0 EID until it returns true.
    func search(counterMode id: UInt32, _ body: (EphemeralIDCandidate) -> Bool) -> Bool {
        for day in days {
            let isFound = day.segment.search(id) { entry in
                isVisible(entry.device)
                    && body(.init(deviceIndex: entry.device, counter: day.counter, source: .unixTime))
            }
            if isFound { return true }
        }
        return uptime.search(id) { entry in
            let counter = TimeCounter(rawValue: UInt32(entry.index))
            return isVisible(entry.device)
                && body(.init(deviceIndex: entry.device, counter: counter, source: .deviceUptime))
        }
    }

    /// Calls `body` with the candidates of a version 2 EID until it returns true.
    func search(eax id: UInt64, _ body: (EphemeralIDCandidate) -> Bool) -> Bool {
        eax.search(id) { entry in
            guard isVisible(entry.device), let exponent = PeriodExponent(rawValue: entry.unit.exponent)
            else { return false }
            return body(
                .init(
                    deviceIndex: entry.device,
                    counter: exponent.counter(atPoolIndex: UInt32(entry.index)), source: .deviceUptime,
                    exponent: exponent))
        }
    }

    private func isVisible(_ device: Int32) -> Bool { hidden.isEmpty || !hidden.contains(device) }

    private func visible(on counter: TimeCounter) -> EphemeralIDSegment<UInt32>.Visible? {
        days.first { $0.counter == counter }.map { ($0.segment, hidden) }
    }

    private static func fromTheMiddle(_ window: ClosedRange<TimeCounter>) -> [TimeCounter] {
        let first = window.lowerBound.rawValue
        let last = window.upperBound.rawValue
        let middle = Int64(first + (last - first) / 2)
        return (first...last)
            .sorted { abs(Int64($0) - middle) < abs(Int64($1) - middle) }
            .map(TimeCounter.init(rawValue:))
    }

    private static func uptimePool(_ demand: EphemeralIDDemand) -> [EphemeralIDSegment<UInt32>.Entry] {
        TimeCounter.uptimePool.map { index in
            let eid = EphemeralID(counterMode: demand.key, at: TimeCounter(rawValue: index))
            return .init(
                id: UInt32(truncatingIfNeeded: eid.rawValue), unit: demand.unit, index: UInt8(index))
        }
    }

    private static func eaxPool(_ demand: EphemeralIDDemand) -> [EphemeralIDSegment<UInt64>.Entry] {
        guard var derivation = EAXIdentifierDerivation(demand.key),
            let exponent = PeriodExponent(rawValue: demand.unit.exponent)
        else { return [] }
        return TimeCounter.uptimePool.map { index in
            let eid = derivation.identifier(at: exponent.counter(atPoolIndex: index), exponent: exponent)
            return .init(id: eid.rawValue, unit: demand.unit, index: UInt8(index))
        }
    }
}
