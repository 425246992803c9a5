/// How an uplink was heard, as a gateway reports it.
package struct UplinkRadio: Hashable, Sendable {
    /// Centre frequency in hertz.
    package var frequency: UInt32
    /// `SF7BW125`, or `FSK50000`.
    package var dataRate: String

    package init(frequency: UInt32, dataRate: String) {
        self.frequency = frequency
        self.dataRate = dataRate
    }

    /// TxDr and TxCh.
    struct Indices: Hashable {
        var dataRate: UInt8
        var channel: UInt8
    }

    /// The pairs that the device may have meant, the likeliest first; empty when no table knows.
    /// Without a region, every region counts whose band holds the frequency.
    func indices(in region: Region?) -> [Indices] {
        let regions = region.map { [$0] } ?? Region.allCases.filter { $0.parameters.band.contains(frequency) }
        var seen: Set<Indices> = []
        return regions.flatMap { region -> [Indices] in
            let parameters = region.parameters
            guard let dataRate = parameters.uplinkDataRate(dataRate) else { return [] }
            return parameters.possibleChannels(frequency).map { Indices(dataRate: dataRate, channel: $0) }
        }.filter { seen.insert($0).inserted }
    }
}

extension RegionalParameters {
    /// The channel indices that an uplink on this frequency may have, the likeliest first.
    ///
    /// A fixed plan has one or none. Elsewhere a network gives each device up to sixteen channels
    /// of its own: first comes the usual one for the frequency, then all the others. CN470 has
    /// several fixed plans, so there too the likeliest is followed by all of its 96.
    fileprivate func possibleChannels(_ frequency: UInt32) -> [UInt8] {
        let usual = usualChannel(at: frequency).map { [UInt8(truncatingIfNeeded: $0)] } ?? []
        guard !isFixedPlan || region == .cn470 else { return usual }
        return usual + (0..<UInt8(truncatingIfNeeded: channelLimit)).filter { !usual.contains($0) }
    }
}
