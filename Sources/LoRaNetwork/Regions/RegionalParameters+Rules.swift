extension RegionalParameters {
    /// Gateways report frequencies such as 868.099975 MHz.
    package static let tolerance: UInt32 = 5_000

    static func isNear(_ a: UInt32, _ b: UInt32) -> Bool { max(a, b) - min(a, b) <= tolerance }

    package func dataRate(_ index: UInt8) -> DataRate? {
        dataRates.indices.contains(Int(index)) ? dataRates[Int(index)] : nil
    }

    /// The index of an uplink data rate; nil for one that the region does not have (LR-FHSS is not
    /// listed).
    package func uplinkDataRate(_ name: String) -> UInt8? {
        for index in uplinkDataRates where dataRate(index)?.name == name { return index }
        return nil
    }

    /// The index of a downlink data rate.
    package func downlinkDataRate(_ name: String) -> UInt8? {
        for index in downlinkDataRates where dataRate(index)?.name == name { return index }
        return nil
    }

    package var channelLimit: Int {
        switch plan {
        case .dynamic(let count), .fixed(let count, _): count
        }
    }

    package var isFixedPlan: Bool {
        if case .fixed = plan { true } else { false }
    }

    /// The index that most networks give a channel on this frequency.
    package func usualChannel(at frequency: UInt32) -> Int? {
        isFixedPlan
            ? defaultChannels.firstIndex { Self.isNear($0.frequency, frequency) }
            : usualFrequencies.firstIndex { Self.isNear($0, frequency) }
    }

    /// RX1 in hertz after an uplink on this frequency, without DlChannelReq; nil when the fixed plan
    /// has no such uplink channel.
    package func rx1Frequency(uplink frequency: UInt32) -> UInt32? {
        guard let channels = rx1.downlinkChannels else { return frequency }
        guard let index = usualChannel(at: frequency) else { return nil }
        return channels.first + UInt32(index) % channels.count * channels.step
    }

    /// The data rate of RX1; nil for an uplink data rate or an offset that the region does not have.
    package func rx1DataRate(
        uplink: UInt8, offset: UInt8, limitsDwell: Bool, revision: RegionalRevision
    ) -> UInt8? {
        guard dataRate(uplink) != nil, offset <= maximumRX1Offset else { return nil }
        let isNew = revision == .rp002
        if let table = (isNew ? rx1.rp002Table : nil) ?? rx1.table {
            let row = Int(uplink)
            return table.indices.contains(row) && table[row].indices.contains(Int(offset))
                ? table[row][Int(offset)] : nil
        }
        let step = rx1.hasNegativeOffsets && offset > 5 ? 5 - Int(offset) : Int(offset)
        let lowest = limitsDwell && hasDownlinkDwell ? 2 : Int(downlinkDataRates.lowerBound)
        let maximum = (isNew ? rx1.rp002Maximum : nil) ?? rx1.maximum
        return UInt8(clamping: min(max(Int(uplink) - step, lowest), max(lowest, Int(maximum))))
    }

    /// N: the bytes of FOpts and FRMPayload together that fit into a frame, for a device of this
    /// revision. 0 where nothing may be sent.
    package func maximumPayload(
        dataRate: UInt8, revision: RegionalRevision, limitsDwell: Bool
    ) -> Int {
        guard self.dataRate(dataRate) != nil else { return 0 }
        if limitsDwell, let dwell = payloads.dwell, dwell.indices.contains(Int(dataRate)) {
            return dwell[Int(dataRate)]
        }
        let table =
            switch revision {
            case .revisionA: payloads.revisionA
            case .revisionB: payloads.revisionB
            case .rp002: payloads.rp002
            }
        return table.indices.contains(Int(dataRate)) ? table[Int(dataRate)] : 0
    }

    /// The longest payload that any downlink to such a device can have: what an API may accept.
    package func maximumDownlinkPayload(revision: RegionalRevision, limitsDwell: Bool) -> Int {
        downlinkDataRates.map {
            maximumPayload(dataRate: $0, revision: revision, limitsDwell: limitsDwell && hasDownlinkDwell)
        }.max() ?? 0
    }

    package func maximumPowerIndex(_ revision: RegionalRevision) -> UInt8 {
        revision == .rp002 ? maximumPowerIndices.rp002 : maximumPowerIndices.old
    }

    /// dBm EIRP of a downlink on this frequency.
    package func downlinkPower(at frequency: UInt32) -> Double {
        if let strongBand, strongBand.frequencies.contains(frequency) { return strongBand.eirp }
        return downlinkEIRP
    }

    /// The sub-band of a frequency with a limited share of time, as an index of `subBands`.
    package func subBand(at frequency: UInt32) -> Int? {
        subBands.firstIndex { $0.frequencies.contains(frequency) }
    }

    /// Whether a device of this revision takes channel masks in the join-accept (CFListType 1), or
    /// frequencies (CFListType 0).
    package func cfListKind(_ version: LoRaWANVersion) -> CFListKind? {
        guard isFixedPlan else { return .frequencies }
        return version == .v102 ? nil : .masks
    }

    package enum CFListKind: Hashable, Sendable { case frequencies, masks }

    /// Channels of one sub-band of eight and its wide channel, 1 to 8: what most gateways of a fixed
    /// plan hear. CN470: eight of the 96, 1 to 12.
    package func channels(ofSubBand number: Int) -> ChannelMask? {
        guard case .fixed(let count, let wideFrom) = plan, number >= 1,
            number * 8 <= wideFrom ?? count
        else { return nil }
        var mask = ChannelMask((number - 1) * 8..<number * 8)
        if let wideFrom { mask[wideFrom + number - 1] = true }
        return mask
    }
}
