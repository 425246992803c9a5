/// The regions whose uplink tables are known here (RP002-1.0.4; CN470 as in RP 1.0.3).
package enum Region: String, CaseIterable, Sendable {
    case eu868, us915, au915, as923, in865, kr920, cn470

    /// Uplink frequencies in hertz.
    var band: ClosedRange<UInt32> {
        switch self {
        case .eu868: 863_000_000...870_000_000
        case .us915: 902_000_000...915_000_000
        case .au915, .as923: 915_000_000...928_000_000
        case .in865: 865_000_000...867_000_000
        case .kr920: 920_000_000...923_500_000
        case .cn470: 470_000_000...510_000_000
        }
    }

    /// The index of an uplink data rate; nil for one that the region does not have (LR-FHSS is not
    /// listed).
    func uplinkDataRate(_ name: String) -> UInt8? {
        uplinkDataRates.firstIndex(of: name).map { UInt8(truncatingIfNeeded: $0) }
    }

    private var uplinkDataRates: [String] {
        let slowToFast = [
            "SF12BW125", "SF11BW125", "SF10BW125", "SF9BW125", "SF8BW125", "SF7BW125",
        ]
        return switch self {
        case .eu868, .as923: slowToFast + ["SF7BW250", "FSK50000"]
        case .in865: slowToFast + ["RFU", "FSK50000"]
        case .kr920: slowToFast
        case .cn470: slowToFast + ["SF7BW500", "FSK50000"]
        case .us915: slowToFast.dropFirst(2) + ["SF8BW500"]
        case .au915: slowToFast + ["SF8BW500"]
        }
    }

    /// The channel indices that an uplink on this frequency may have, the likeliest first.
    ///
    /// A fixed plan has one or none. Elsewhere a network gives each device up to sixteen channels
    /// of its own: first comes the usual one for the frequency, then all the others. CN470 has
    /// several fixed plans, so there too the likeliest is followed by all of its 96.
    func uplinkChannels(_ frequency: UInt32) -> [UInt8] {
        switch self {
        case .us915:
            channel(frequency, first: 902_300_000, step: 200_000, count: 64, from: 0)
                + channel(frequency, first: 903_000_000, step: 1_600_000, count: 8, from: 64)
        case .au915:
            channel(frequency, first: 915_200_000, step: 200_000, count: 64, from: 0)
                + channel(frequency, first: 915_900_000, step: 1_600_000, count: 8, from: 64)
        case .cn470:
            // RP002 has other plans of the same band, with other indices.
            channel(frequency, first: 470_300_000, step: 200_000, count: 96, from: 0).followed(by: 0..<96)
        case .eu868, .as923, .in865, .kr920: usualChannel(frequency).followed(by: 0..<16)
        }
    }

    /// Gateways report frequencies such as 868.099975 MHz.
    private static let tolerance: UInt32 = 5_000

    private func channel(
        _ frequency: UInt32, first: UInt32, step: UInt32, count: UInt32, from base: UInt8
    ) -> [UInt8] {
        guard frequency >= first - Self.tolerance else { return [] }
        let offset = frequency - (first - Self.tolerance)
        let index = offset / step
        guard index < count, offset % step <= 2 * Self.tolerance else { return [] }
        return [base + UInt8(truncatingIfNeeded: index)]
    }

    private func usualChannel(_ frequency: UInt32) -> [UInt8] {
        let index = usualFrequencies.firstIndex { usual in
            max(usual, frequency) - min(usual, frequency) <= Self.tolerance
        }
        return index.map { [UInt8(truncatingIfNeeded: $0)] } ?? []
    }

    /// By channel index: the mandatory ones, then what most networks add.
    private var usualFrequencies: [UInt32] {
        switch self {
        case .eu868:
            [
                868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000,
                867_700_000, 867_900_000,
            ]
        case .as923: [923_200_000, 923_400_000]
        case .in865: [865_062_500, 865_402_500, 865_985_000]
        case .kr920: [922_100_000, 922_300_000, 922_500_000]
        case .us915, .au915, .cn470: []
        }
    }
}

extension [UInt8] {
    /// These, then those of `others` that are not among them.
    fileprivate func followed(by others: Range<UInt8>) -> [UInt8] {
        self + others.filter { !contains($0) }
    }
}
