extension RegionalParameters {
    /// Whether a frame can have come from a device of this region: nothing is sent into another band.
    func canHear(_ reception: UplinkReception) -> Bool {
        uplinkDataRate(reception.dataRate) != nil && band.contains(reception.frequency)
    }

    /// Sixteen bytes: five frequencies in 100 Hz, or masks of sixteen channels each; empty when the
    /// settings have nothing beyond what every device has.
    func cfList(_ settings: DeviceSettings) -> [UInt8] {
        switch cfListKind(settings.version) {
        case .frequencies where !settings.extraChannels.isEmpty:
            let frequencies = settings.extraChannels.prefix(5)
            var list = frequencies.flatMap { frequency -> [UInt8] in
                let hundreds = frequency / 100
                return [0, 8, 16].map { UInt8(truncatingIfNeeded: hundreds >> UInt32($0)) }
            }
            list += [UInt8](repeating: 0, count: 16 - list.count)
            return list
        case .masks:
            guard let mask = settings.subBand.flatMap(channels(ofSubBand:)) else { return [] }
            let masks = (0..<6).flatMap { number -> [UInt8] in
                let block = mask[block: number]
                return [UInt8(truncatingIfNeeded: block), UInt8(truncatingIfNeeded: block >> 8)]
            }
            return masks + [0, 0, 0, 1]
        case .frequencies, nil: return []
        }
    }
}

extension RadioState {
    /// What a device does with the CFList of its join-accept.
    package mutating func take(cfList: [UInt8]) {
        guard cfList.count == 16 else { return }
        func number(_ place: Int, _ count: Int) -> UInt32 {
            (0..<count).reversed().reduce(0) { $0 << 8 | UInt32(cfList[place + $1]) }
        }
        if region.parameters.isFixedPlan, cfList[15] == 1 {
            var listed = ChannelMask()
            for block in 0..<6 { listed[block: block] = UInt16(truncatingIfNeeded: number(2 * block, 2)) }
            mask = listed
        } else if cfList[15] == 0 {
            add((0..<5).map { number(3 * $0, 3) * 100 }.filter { $0 != 0 })
        }
    }
}
