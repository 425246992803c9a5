/// The regions whose tables are known here (RP002-1.0.4; CN470 as in RP 1.0.3).
package enum Region: CaseIterable, Hashable, Sendable {
    case eu868, us915, au915, as923Group1, as923Group2, as923Group3, as923Group4, in865, kr920, cn470

    /// The name that says no group means the first.
    package static var as923: Region { .as923Group1 }

    /// All that the specification says of it.
    package var parameters: RegionalParameters {
        switch self {
        case .eu868: .eu868
        case .us915: .us915
        case .au915: .au915
        case .as923Group1: .as923Group1
        case .as923Group2: .as923Group2
        case .as923Group3: .as923Group3
        case .as923Group4: .as923Group4
        case .in865: .in865
        case .kr920: .kr920
        case .cn470: .cn470
        }
    }

    /// Which of the served regions an uplink with these radio parameters belongs to; nil when none
    /// has them. A mandatory channel decides before a raster, and a raster before a frequency that is
    /// merely in the band.
    package static func ofUplink(frequency: UInt32, dataRate: String, among served: [Region]) -> Region? {
        let possible = served.filter {
            $0.parameters.band.contains(frequency) && $0.parameters.uplinkDataRate(dataRate) != nil
        }
        let onChannel = possible.filter { $0.parameters.usualChannel(at: frequency) != nil }
        return onChannel.first { !$0.parameters.isFixedPlan } ?? onChannel.first ?? possible.first
    }
}

extension Region: RawRepresentable {
    /// `eu868`, `as923-1`; `as923` is taken for `as923-1`. Lower case.
    package init?(rawValue: String) {
        let found = rawValue == "as923" ? .as923Group1 : Self.allCases.first { $0.rawValue == rawValue }
        guard let found else { return nil }
        self = found
    }

    package var rawValue: String {
        switch self {
        case .eu868: "eu868"
        case .us915: "us915"
        case .au915: "au915"
        case .as923Group1: "as923-1"
        case .as923Group2: "as923-2"
        case .as923Group3: "as923-3"
        case .as923Group4: "as923-4"
        case .in865: "in865"
        case .kr920: "kr920"
        case .cn470: "cn470"
        }
    }
}
