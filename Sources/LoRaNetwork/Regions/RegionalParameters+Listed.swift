// Channels that somebody listed for a device of the region.
extension RegionalParameters {
    /// Those of the list that a device may be given beside its mandatory channels, in the list's order:
    /// in the band, and each once.
    package func additional(_ frequencies: [UInt32]) -> [UInt32] {
        var known = defaultChannels.map(\.frequency)
        var additional: [UInt32] = []
        for frequency in frequencies
        where band.contains(frequency) && !known.contains(where: { Self.isNear($0, frequency) }) {
            known.append(frequency)
            additional.append(frequency)
        }
        return additional
    }

    /// The sub-band of a fixed plan that has all these channels, from 1; nil when they are none, or of
    /// more than one.
    package func subBand(holding frequencies: [UInt32]) -> Int? {
        let channels = frequencies.map(usualChannel(at:))
        guard case .fixed(let count, let wideFrom) = plan, !channels.isEmpty else { return nil }
        return (1...(wideFrom ?? count) / 8).first { number in
            guard let mask = self.channels(ofSubBand: number) else { return false }
            return channels.allSatisfy { $0.map { mask[$0] } ?? false }
        }
    }
}
