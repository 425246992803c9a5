/// What adaptive data rate wants of a device.
struct LinkTarget: Equatable {
    var dataRate: UInt8
    var powerIndex: UInt8
    var repetitions: UInt8
}

extension DeviceSession {
    private static let step = 3.0
    /// Enough to trust a better data rate; power waits for the whole history.
    private static let minimumForDataRate = 4

    /// Remembers how well a new uplink was heard, by the best gateway.
    mutating func remember(snr: Double, counter: UInt32) {
        if history.count >= Self.historyLength { history.removeFirst(history.count - Self.historyLength + 1) }
        history.reserveCapacity(Self.historyLength)
        let quarters = Int8(clamping: Int((snr * 4).rounded()))
        history.append(ADRSample(counter: counter, snr: quarters))
    }

    /// The algorithm that the peers use: best SNR of the history, less what the data rate needs, less
    /// the margin; each 3 dB of what is left are a faster data rate, then 2 dB less power.
    func adrTarget(_ settings: DeviceSettings.ADRSettings) -> LinkTarget {
        var target = LinkTarget(
            dataRate: radio.dataRate, powerIndex: radio.powerIndex, repetitions: max(1, radio.repetitions))
        let parameters = radio.region.parameters
        let fastest = min(settings.dataRates.upperBound, maximumDataRate ?? .max)
        let allowed = radio.limitsUplinkDwell && parameters.payloads.dwell != nil ? 2 : UInt8(0)
        let slowest = min(max(settings.dataRates.lowerBound, allowed), fastest)
        let weakest = min(settings.powerIndices.upperBound, maximumPowerIndex ?? .max)
        let strongest = min(settings.powerIndices.lowerBound, weakest)
        if let best = history.map(\.snr).max(), let rate = parameters.dataRate(radio.dataRate),
            history.count >= Self.minimumForDataRate
        {
            var steps = Int(
                ((Double(best) / 4 - rate.requiredSNR - settings.margin) / Self.step).rounded(.towardZero))
            let isFull = history.count >= Self.historyLength
            while steps > 0, target.dataRate < fastest, parameters.dataRate(target.dataRate + 1) != nil {
                target.dataRate += 1
                steps -= 1
            }
            if isFull, steps > 0 {
                target.powerIndex = UInt8(clamping: min(Int(weakest), Int(target.powerIndex) + steps))
            } else if isFull, steps < 0 {
                target.powerIndex = UInt8(clamping: max(Int(strongest), Int(target.powerIndex) + steps))
            }
            if isFull { target.repetitions = Self.repetitions(target.repetitions, loss: loss) }
        }
        target.dataRate = min(max(target.dataRate, slowest), fastest)
        target.powerIndex = min(max(target.powerIndex, strongest), weakest)
        return target
    }

    /// The share of uplinks that the history's counters say were lost.
    private var loss: Double {
        guard let first = history.first, let last = history.last else { return 0 }
        let sent = Double((last.counter &- first.counter) & 0xFF_FFFF) + 1
        guard sent > 1 else { return 0 }
        return 1 - Double(history.count) / sent
    }

    /// NbTrans at 5, 10 and 30 % of loss, by the one in force.
    private static func repetitions(_ current: UInt8, loss: Double) -> UInt8 {
        let table: [[UInt8]] = [[1, 1, 2], [1, 2, 3], [2, 3, 3], [3, 3, 3]]
        let row = loss < 0.05 ? 0 : loss < 0.10 ? 1 : loss < 0.30 ? 2 : 3
        return table[row][Int(min(max(current, 1), 3)) - 1]
    }
}
