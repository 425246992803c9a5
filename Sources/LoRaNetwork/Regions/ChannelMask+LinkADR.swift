import LoRaWAN

extension RegionalParameters {
    /// ChMaskCntl and ChMask of the LinkADRReq blocks that lead from one mask to another, as few as
    /// there can be; at least one, because data rate and power travel with it.
    func maskBlocks(from current: ChannelMask, to target: ChannelMask) -> [(control: UInt8, mask: UInt16)] {
        guard case .fixed(let count, let wideFrom) = plan else { return [(0, target[block: 0])] }
        let blocks = 0..<(wideFrom ?? count) / 16
        func differing(from start: ChannelMask) -> [(control: UInt8, mask: UInt16)] {
            blocks.filter { start[block: $0] != target[block: $0] }.map {
                (UInt8(truncatingIfNeeded: $0), target[block: $0])
            }
        }
        var ways = [differing(from: current)]
        var all = ChannelMask(0..<count)
        if let wideFrom {
            let wide = (control: UInt8(4), mask: target[block: wideFrom / 16])
            if current[block: wideFrom / 16] != wide.mask { ways[0].append(wide) }
            all[block: wideFrom / 16] = wide.mask
            var none = ChannelMask()
            none[block: wideFrom / 16] = wide.mask
            ways.append([(7, wide.mask)] + differing(from: none))
            ways.append([(6, wide.mask)] + differing(from: all))
        } else {
            ways.append([(6, 0xFFFF)] + differing(from: all))
        }
        if ways[0].isEmpty {
            let inUse = blocks.first { target[block: $0] != 0 } ?? blocks.lowerBound
            return [(UInt8(truncatingIfNeeded: inUse), target[block: inUse])]
        }
        return ways.min { $0.count < $1.count } ?? []
    }

    /// What a device does with one block; nil when it has to refuse it. `known`: the channels that it
    /// has.
    package func apply(
        control: UInt8, mask: UInt16, to current: ChannelMask, known: ChannelMask
    ) -> ChannelMask? {
        var next = current
        switch (plan, control) {
        case (.dynamic, 0): next = ChannelMask(known.channels.filter { mask >> UInt16($0) & 1 == 1 })
        case (.dynamic, 6): next = known
        case (.fixed(let count, let wideFrom), 0...5) where Int(control) * 16 < wideFrom ?? count:
            next[block: Int(control)] = mask
        case (.fixed(_, let wideFrom?), 4): next[block: wideFrom / 16] = mask & 0xFF
        case (.fixed(let count, nil), 6): next = ChannelMask(0..<count)
        case (.fixed(_, let wideFrom?), 6...7):
            next = control == 6 ? ChannelMask(0..<wideFrom) : ChannelMask()
            next[block: wideFrom / 16] = mask & 0xFF
        default: return nil
        }
        if case .dynamic = plan, control == 0, mask & ~known[block: 0] != 0 { return nil }
        return next.isEmpty ? nil : next
    }
}

extension ChannelMask {
    /// The numbers of those that are on.
    package var channels: [Int] { (0..<128).filter { self[$0] } }
}
