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
        let regions = region.map { [$0] } ?? Region.allCases.filter { $0.band.contains(frequency) }
        var seen: Set<Indices> = []
        return regions.flatMap { region -> [Indices] in
            guard let dataRate = region.uplinkDataRate(dataRate) else { return [] }
            return region.uplinkChannels(frequency).map { Indices(dataRate: dataRate, channel: $0) }
        }.filter { seen.insert($0).inserted }
    }
}
