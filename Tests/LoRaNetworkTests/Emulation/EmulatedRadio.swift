import LoRaNetwork
import LoRaWAN

/// The radio settings of an emulated device, changed by nothing but join-accepts and MAC commands.
struct EmulatedRadio {
    let region: Region
    var rxDelay: UInt8 = 1
    var rx1Offset: UInt8 = 0
    var rx2DataRate: UInt8
    var rx2Frequency: UInt32
    /// Frequency of each channel; 0 is none.
    var uplinks: [UInt32]
    /// By channel, where DlChannelReq said so.
    var downlinks: [Int: UInt32] = [:]
    var enabled: Set<Int>
    var dataRate: UInt8 = 0
    var power: UInt8 = 0
    var repetitions: UInt8 = 1
    var limitsUplinkDwell: Bool
    var limitsDownlinkDwell: Bool
    var dutyCycle: UInt8 = 0
    var lastChannel = 0

    init(region: Region, version: LoRaWANVersion) {
        let parameters = region.parameters
        self.region = region
        rx2DataRate = parameters.rx2DataRate
        rx2Frequency = parameters.rx2Frequency
        uplinks = parameters.defaultChannels.map(\.frequency)
        enabled = Set(uplinks.indices)
        limitsUplinkDwell = parameters.hasDwellTime
        limitsDownlinkDwell = parameters.hasDownlinkDwell && version < .v104
    }

    var isFixed: Bool { region.parameters.isFixedPlan }

    func frequency(of channel: Int) -> UInt32 { uplinks[channel] }

    /// A channel that is on and has the data rate.
    func pickChannel(_ random: inout some RandomNumberGenerator) -> Int {
        let usable = enabled.sorted().filter { channel in
            guard isFixed else { return true }
            let known = region.parameters.defaultChannels[channel]
            return (known.minimumDataRate...known.maximumDataRate).contains(dataRate)
        }
        return usable.randomElement(using: &random) ?? enabled.min() ?? 0
    }

    var rx1Frequency: UInt32? {
        downlinks[lastChannel] ?? region.parameters.rx1Frequency(uplink: uplinks[lastChannel])
    }

    func afterJoin(_ accept: JoinAccept, version: LoRaWANVersion) -> EmulatedRadio {
        var next = EmulatedRadio(region: region, version: version)
        next.dataRate = dataRate
        next.rxDelay = max(1, accept.rxDelay & 15)
        next.rx1Offset = accept.dlSettings >> 4 & 7
        next.rx2DataRate = accept.dlSettings & 15
        guard let type = accept.cfList.last else { return next }
        if type == 0, !isFixed {
            for place in 0..<5 {
                let field = accept.cfList[(3 * place)..<(3 * place + 3)]
                let frequency = field.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } * 100
                guard frequency != 0 else { continue }
                next.enabled.insert(next.uplinks.count)
                next.uplinks.append(frequency)
            }
        } else if type == 1, isFixed {
            next.enabled = Set(
                next.uplinks.indices.filter { accept.cfList[$0 / 8] >> UInt8($0 % 8) & 1 == 1 })
        }
        return next
    }

    /// A block of LinkADRReq is taken as a whole or not at all.
    mutating func take(_ block: [DownlinkCommand.LinkADR], fastest: UInt8?) -> UplinkCommand {
        var next = enabled
        var isMaskGood = true
        for request in block {
            let bits = (0..<16).filter { request.mask >> UInt16($0) & 1 == 1 }
            switch (isFixed, request.maskControl) {
            case (false, 0):
                next = Set(bits)
                isMaskGood =
                    isMaskGood && next.allSatisfy { uplinks.indices.contains($0) && uplinks[$0] != 0 }
            case (false, 6): next = Set(uplinks.indices.filter { uplinks[$0] != 0 })
            case (true, 6) where region == .cn470: next = Set(uplinks.indices)
            case (true, 6...7):
                next = request.maskControl == 6 ? Set(0..<64) : []
                next.formUnion(bits.filter { $0 < 8 }.map { 64 + $0 })
            case (true, let control):
                let first = Int(control) * 16
                let width = first == 64 && region != .cn470 ? 8 : 16
                next.subtract(first..<(first + width))
                next.formUnion(bits.filter { $0 < width }.map { first + $0 })
            default: isMaskGood = false
            }
        }
        isMaskGood = isMaskGood && !next.isEmpty
        guard let last = block.last else { return .dutyCycleAns }
        let isRateGood =
            last.dataRate == 15
            || region.parameters.uplinkDataRates.contains(last.dataRate) && last.dataRate <= fastest ?? .max
        let isPowerGood = last.power == 15 || last.power <= region.parameters.maximumPowerIndex(.rp002)
        if isMaskGood, isRateGood, isPowerGood {
            enabled = next
            if last.dataRate != 15 { dataRate = last.dataRate }
            if last.power != 15 { power = last.power }
            if last.repetitions != 0 { repetitions = last.repetitions }
        }
        return .linkADRAns(
            isPowerAccepted: isPowerGood, isDataRateAccepted: isRateGood, isMaskAccepted: isMaskGood)
    }

    mutating func take(_ command: DownlinkCommand) -> [UplinkCommand] {
        switch command {
        case .rxTimingSetupReq(let delay):
            rxDelay = delay
            return [.rxTimingSetupAns]
        case .rxParamSetupReq(let wanted):
            rx1Offset = wanted.rx1Offset
            rx2DataRate = wanted.rx2DataRate
            rx2Frequency = wanted.rx2Frequency
            return [
                .rxParamSetupAns(isOffsetAccepted: true, isDataRateAccepted: true, isChannelAccepted: true)
            ]
        case .txParamSetupReq(let wanted):
            limitsUplinkDwell = wanted.limitsUplinkDwell
            limitsDownlinkDwell = wanted.limitsDownlinkDwell
            return [.txParamSetupAns]
        case .newChannelReq(let channel):
            guard !isFixed, channel.index >= region.parameters.defaultChannels.count, channel.index < 16
            else {
                return [.newChannelAns(isRangeAccepted: false, isFrequencyAccepted: false)]
            }
            let index = Int(channel.index)
            while uplinks.count <= index { uplinks.append(0) }
            uplinks[index] = channel.frequency
            if channel.frequency == 0 { enabled.remove(index) } else { enabled.insert(index) }
            while uplinks.last == 0 { uplinks.removeLast() }
            return [.newChannelAns(isRangeAccepted: true, isFrequencyAccepted: true)]
        case .dlChannelReq(let index, let frequency):
            guard uplinks.indices.contains(Int(index)) else {
                return [.dlChannelAns(hasUplinkChannel: false, isFrequencyAccepted: true)]
            }
            downlinks[Int(index)] = frequency
            return [.dlChannelAns(hasUplinkChannel: true, isFrequencyAccepted: true)]
        case .dutyCycleReq(let exponent):
            dutyCycle = exponent
            return [.dutyCycleAns]
        case .rejoinParamSetupReq: return [.rejoinParamSetupAns(isTimeAccepted: true)]
        default: return []
        }
    }

    /// What differs from what the server takes for granted; empty when they agree.
    func differences(from state: RadioState) -> [String] {
        var found: [String] = []
        func compare(
            _ name: String, _ own: some Equatable & CustomStringConvertible, _ theirs: some Equatable
        ) {
            if "\(own)" != "\(theirs)" { found.append("\(name): device \(own), server \(theirs)") }
        }
        compare("rxDelay", rxDelay, state.rxDelay)
        compare("rx1Offset", rx1Offset, state.rx1Offset)
        compare("rx2DataRate", rx2DataRate, state.rx2DataRate)
        compare("rx2Frequency", rx2Frequency, state.rx2Frequency)
        if !isFixed { compare("channels", uplinks, state.channels.map(\.frequency)) }
        compare("mask", enabled.sorted(), state.mask.channels)
        compare("dataRate", dataRate, state.dataRate)
        compare("power", power, state.powerIndex)
        compare("repetitions", repetitions, state.repetitions)
        compare("dutyCycle", dutyCycle, state.dutyCycleExponent)
        compare("downlinkDwell", limitsDownlinkDwell, state.limitsDownlinkDwell)
        return found
    }
}
