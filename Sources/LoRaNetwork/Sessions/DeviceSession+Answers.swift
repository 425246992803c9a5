import LoRaWAN

extension DeviceSession {
    /// Takes over what the device's commands confirm. What they ask for comes back: it is owed an
    /// answer, or it must have a downlink because the device repeats itself until one comes.
    mutating func take(_ commands: [UplinkCommand], settings: DeviceSettings) -> CommandOutcome {
        var outcome = CommandOutcome()
        var linkAnswers: [UplinkCommand] = []
        for command in commands {
            switch command {
            case .linkADRAns: linkAnswers.append(command)
            case .rxParamSetupAns(let offset, let dataRate, let channel):
                outcome.mustAnswer = true
                answer(0x05, isAccepted: offset && dataRate && channel)
            case .rxTimingSetupAns:
                outcome.mustAnswer = true
                answer(0x08, isAccepted: true)
            case .txParamSetupAns:
                outcome.mustAnswer = true
                answer(0x09, isAccepted: true)
            case .dlChannelAns(let exists, let frequency):
                outcome.mustAnswer = true
                answer(0x0A, isAccepted: exists && frequency)
            case .newChannelAns(let range, let frequency): answer(0x07, isAccepted: range && frequency)
            case .dutyCycleAns: answer(0x04, isAccepted: true)
            case .adrParamSetupAns: answer(0x0C, isAccepted: true)
            case .rejoinParamSetupAns: answer(0x0F, isAccepted: true)
            case .devStatusAns(let battery, let margin):
                self.battery = battery
                self.margin = margin
                outcome.status = (battery, margin)
                answer(0x06, isAccepted: true)
            case .linkCheckReq: outcome.asksLinkCheck = true
            case .deviceTimeReq: outcome.asksTime = true
            case .rekeyInd(let minor): outcome.owe(.rekeyConf(minor: min(minor, 1)))
            case .resetInd(let minor):
                radio = RadioState(personalized: settings)
                pending = []
                outcome.owe(.resetConf(minor: min(minor, 1)))
            case .deviceModeInd(let deviceClass):
                guard let known = DeviceSettings.DeviceClass(rawValue: deviceClass) else { continue }
                radio.deviceClass = known
                outcome.owe(.deviceModeConf(deviceClass: deviceClass))
            case .other: continue
            }
        }
        takeLinkAnswers(linkAnswers)
        return outcome
    }

    /// Whatever was not answered in the uplink after it did not arrive, or was not understood. But an
    /// answer that the device repeats until it gets a downlink may still come.
    mutating func dropPending() { pending.removeAll { !$0.hasLastingAnswer } }

    /// The requests of a new frame are pending, and what may still be answered.
    mutating func expect(_ requests: [DownlinkCommand]) {
        let kept = pending.filter { old in
            old.hasLastingAnswer && !requests.contains { $0.identifier == old.identifier }
        }
        pending = Array((kept + requests).suffix(Self.maximumPending))
    }

    /// More than a frame can ask.
    private static let maximumPending = 24

    /// The first pending request with this identifier is settled.
    private mutating func answer(_ identifier: UInt8, isAccepted: Bool) {
        guard let place = pending.firstIndex(where: { $0.identifier == identifier }) else { return }
        let request = pending.remove(at: place)
        var channel: UInt8 = 0
        if case .newChannelReq(let requested) = request { channel = requested.index }
        noteAnswer(Self.key(request, channel: channel), isRefused: !isAccepted)
        if isAccepted { radio.apply(request) }
    }

    /// A block of LinkADRReq is accepted as a whole or not at all (1.0.2 and later); 1.0 devices
    /// answer each of its requests, 1.1 devices once.
    private mutating func takeLinkAnswers(_ answers: [UplinkCommand]) {
        let requests = pending.compactMap { request -> DownlinkCommand.LinkADR? in
            if case .linkADRReq(let block) = request { block } else { nil }
        }
        guard let first = requests.first, !answers.isEmpty else { return }
        pending.removeAll { $0.identifier == 0x03 }
        var (power, dataRate, mask) = (true, true, true)
        for case .linkADRAns(let isPower, let isRate, let isMask) in answers {
            (power, dataRate, mask) = (power && isPower, dataRate && isRate, mask && isMask)
        }
        if power, dataRate, mask {
            noteAnswer(UInt16(0x03) << 8, isRefused: false)
            radio.apply(requests, &history)
            return
        }
        if !dataRate, first.dataRate > 0, first.dataRate != 15 { maximumDataRate = first.dataRate - 1 }
        if !power, first.power > 0, first.power != 15 { maximumPowerIndex = first.power - 1 }
        noteAnswer(UInt16(0x03) << 8, isRefused: !mask)
    }
}

extension DownlinkCommand {
    /// The device repeats its answer in every uplink until a class A downlink comes. Until then nobody
    /// knows whether the request is in force, so it must not be replaced by another.
    var hasLastingAnswer: Bool {
        switch self {
        case .rxParamSetupReq, .rxTimingSetupReq, .txParamSetupReq, .dlChannelReq: true
        default: false
        }
    }
}

/// What a device's commands call for.
struct CommandOutcome {
    var owed: [DownlinkCommand] = []
    /// A downlink must come even when there is nothing to say in it.
    var mustAnswer = false
    var asksLinkCheck = false
    var asksTime = false
    var status: (battery: UInt8, margin: Int8)?

    /// A device that repeats a command in one frame is answered once.
    mutating func owe(_ command: DownlinkCommand) {
        if !owed.contains(command) { owed.append(command) }
        mustAnswer = true
    }
}

extension RadioState {
    /// What the device has confirmed is in force.
    mutating func apply(_ request: DownlinkCommand) {
        switch request {
        case .rxTimingSetupReq(let delay): rxDelay = max(1, delay)
        case .rxParamSetupReq(let parameters):
            rx1Offset = parameters.rx1Offset
            rx2DataRate = parameters.rx2DataRate
            rx2Frequency = parameters.rx2Frequency
        case .txParamSetupReq(let parameters):
            limitsUplinkDwell = parameters.limitsUplinkDwell
            limitsDownlinkDwell = parameters.limitsDownlinkDwell
            eirpIndex = parameters.maximumEIRP
        case .newChannelReq(let request): apply(request)
        case .dlChannelReq(let index, let frequency):
            guard channels.indices.contains(Int(index)) else { return }
            channels[Int(index)].downlinkFrequency = frequency
        case .dutyCycleReq(let exponent): dutyCycleExponent = exponent
        case .rejoinParamSetupReq(let time, let count):
            rejoin = .init(timeExponent: time, countExponent: count)
        case .linkADRReq, .devStatusReq, .adrParamSetupReq, .resetConf, .linkCheckAns, .rekeyConf,
            .deviceTimeAns, .forceRejoinReq, .deviceModeConf, .other:
            return
        }
    }

    private mutating func apply(_ request: DownlinkCommand.NewChannel) {
        let index = Int(request.index)
        guard index < region.parameters.channelLimit, request.minimumDataRate <= request.maximumDataRate
        else {
            return
        }
        while channels.count <= index { channels.append(Channel(frequency: 0, dataRates: 0...0)) }
        channels[index] = Channel(
            frequency: request.frequency, dataRates: request.minimumDataRate...request.maximumDataRate)
        mask[index] = request.frequency != 0
        while let last = channels.last, last.frequency == 0 { channels.removeLast() }
    }

    /// The blocks of one confirmed LinkADRReq. Another power or NbTrans makes the history useless.
    mutating func apply(_ blocks: [DownlinkCommand.LinkADR], _ history: inout [DeviceSession.ADRSample]) {
        guard let last = blocks.last else { return }
        for block in blocks {
            mask =
                region.parameters.apply(
                    control: block.maskControl, mask: block.mask, to: mask, known: knownChannels) ?? mask
        }
        if last.dataRate != 15 { dataRate = last.dataRate }
        if last.power != 15, last.power != powerIndex {
            powerIndex = last.power
            history = []
        }
        if last.repetitions != 0, last.repetitions != repetitions {
            repetitions = last.repetitions
            history = []
        }
    }
}
