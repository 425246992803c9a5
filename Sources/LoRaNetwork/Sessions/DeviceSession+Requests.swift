import LoRaWAN

/// Commands that belong together: all of them travel in one frame, or none.
struct RequestGroup: Hashable, Sendable {
    var key: UInt16
    var commands: [DownlinkCommand]

    var byteCount: Int { commands.reduce(0) { $0 + $1.encoded.bytes.count } }
}

extension DeviceSession {
    /// What the device has to be told so that it comes to its settings, the most important first.
    /// `isADRAllowed`: the last uplink has its ADR bit set.
    func wantedRequests(_ settings: DeviceSettings, isADRAllowed: Bool, asksStatus: Bool) -> [RequestGroup] {
        // A profile of another region is for the next join: its channels mean nothing to this session.
        guard settings.region == radio.region else { return [] }
        var groups: [RequestGroup] = []
        func want(_ command: DownlinkCommand, channel: UInt8 = 0) {
            groups.append(RequestGroup(key: Self.key(command, channel: channel), commands: [command]))
        }
        let parameters = radio.region.parameters
        // What was asked and may be in force already is asked again as it was.
        let unsettled = pending.filter(\.hasLastingAnswer)
        func isOpen(_ identifier: UInt8) -> Bool { !unsettled.contains { $0.identifier == identifier } }
        for request in unsettled where request.identifier != 0x0A { want(request) }
        if isOpen(0x08), radio.rxDelay != settings.receiveDelay {
            want(.rxTimingSetupReq(delay: settings.receiveDelay))
        }
        let rx = settings.rxParameters
        if isOpen(0x05),
            radio.rx1Offset != rx.rx1Offset || radio.rx2DataRate != rx.rx2DataRate
                || radio.rx2Frequency != rx.rx2Frequency
        {
            want(.rxParamSetupReq(rx))
        }
        if isOpen(0x09), parameters.hasDwellTime, let dwell = settings.dwell, !radio.has(dwell) {
            want(
                .txParamSetupReq(
                    .init(
                        limitsDownlinkDwell: dwell.limitsDownlinks, limitsUplinkDwell: dwell.limitsUplinks,
                        maximumEIRP: dwell.maximumEIRP)))
        }
        for request in channelRequests(settings) { want(.newChannelReq(request), channel: request.index) }
        if let link = linkRequest(settings, isADRAllowed: isADRAllowed) { groups.append(link) }
        if radio.dutyCycleExponent != settings.dutyCycleExponent {
            want(.dutyCycleReq(exponent: settings.dutyCycleExponent))
        }
        if uplink.keys.version == .v11, let rejoin = settings.rejoin, rejoin != radio.rejoin {
            want(
                .rejoinParamSetupReq(timeExponent: rejoin.timeExponent, countExponent: rejoin.countExponent))
        }
        if asksStatus { want(.devStatusReq) }
        return groups.filter { isDue($0.key) }
    }

    static func key(_ command: DownlinkCommand, channel: UInt8 = 0) -> UInt16 {
        UInt16(command.identifier) << 8 | UInt16(channel)
    }

    private func channelRequests(_ settings: DeviceSettings) -> [DownlinkCommand.NewChannel] {
        let parameters = radio.region.parameters
        guard !parameters.isFixedPlan else { return [] }
        let base = parameters.defaultChannels.count
        let wanted = settings.extraChannels.prefix(parameters.channelLimit - base)
        var requests: [DownlinkCommand.NewChannel] = []
        for index in base..<max(base + wanted.count, radio.channels.count) {
            let frequency = index - base < wanted.count ? wanted[wanted.startIndex + index - base] : 0
            let known = radio.channels.indices.contains(index) ? radio.channels[index].frequency : 0
            guard known != frequency else { continue }
            requests.append(
                .init(
                    index: UInt8(truncatingIfNeeded: index), frequency: frequency, minimumDataRate: 0,
                    maximumDataRate: frequency == 0 ? 0 : 5))
        }
        return requests
    }

    private func linkRequest(_ settings: DeviceSettings, isADRAllowed: Bool) -> RequestGroup? {
        let parameters = radio.region.parameters
        let controlsRate = isADRAllowed && settings.adr.isOn
        let current = LinkTarget(
            dataRate: radio.dataRate, powerIndex: radio.powerIndex, repetitions: max(1, radio.repetitions))
        let target = controlsRate ? adrTarget(settings.adr) : current
        let mask = wantedMask(settings)
        guard target != current || mask != radio.mask else { return nil }
        let blocks = parameters.maskBlocks(from: radio.mask, to: mask).map { block in
            DownlinkCommand.linkADRReq(
                .init(
                    dataRate: target.dataRate, power: target.powerIndex, mask: block.mask,
                    maskControl: block.control, repetitions: target.repetitions))
        }
        return RequestGroup(key: UInt16(0x03) << 8, commands: blocks)
    }

    /// All channels that the device has; in a fixed plan those of its sub-band.
    private func wantedMask(_ settings: DeviceSettings) -> ChannelMask {
        let parameters = radio.region.parameters
        guard parameters.isFixedPlan else { return radio.knownChannels }
        return settings.subBand.flatMap(parameters.channels(ofSubBand:)) ?? radio.mask
    }

    // MARK: Patience

    private func isDue(_ key: UInt16) -> Bool {
        guard let attempt = attempts.first(where: { $0.key == key }) else { return true }
        return !attempt.isRefused && (uplink.lastCounter?.rawValue ?? 0) >= attempt.resumesAt
    }

    /// A request is on its way: without an answer it comes again, three times at once, then after
    /// more and more uplinks.
    mutating func noteAttempt(_ key: UInt16) {
        let place = attempts.firstIndex { $0.key == key }
        var attempt =
            place.map { attempts[$0] } ?? RequestAttempt(key: key, tries: 0, isRefused: false, resumesAt: 0)
        attempt.tries = min(attempt.tries + 1, 12)
        let pause = attempt.tries <= 3 ? 1 : UInt32(1) << UInt32(attempt.tries - 2)
        attempt.resumesAt = (uplink.lastCounter?.rawValue ?? 0).addingClamped(pause)
        if let place {
            attempts[place] = attempt
        } else if attempts.count < Self.maximumAttempts {
            attempts.append(attempt)
        }
    }

    mutating func noteAnswer(_ key: UInt16, isRefused: Bool) {
        attempts.removeAll { $0.key == key }
        guard isRefused, attempts.count < Self.maximumAttempts else { return }
        attempts.append(RequestAttempt(key: key, tries: 0, isRefused: true, resumesAt: 0))
    }
}

extension UInt32 {
    func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension DeviceSettings {
    var rxParameters: DownlinkCommand.RXParameters {
        let parameters = region.parameters
        return .init(
            rx1Offset: rx1Offset, rx2DataRate: rx2DataRate ?? parameters.rx2DataRate,
            rx2Frequency: rx2Frequency ?? parameters.rx2Frequency)
    }
}

extension RadioState {
    func has(_ dwell: DeviceSettings.Dwell) -> Bool {
        limitsUplinkDwell == dwell.limitsUplinks && limitsDownlinkDwell == dwell.limitsDownlinks
            && eirpIndex == dwell.maximumEIRP
    }

    /// The channels that the device has, on or off.
    var knownChannels: ChannelMask {
        region.parameters.isFixedPlan
            ? ChannelMask(region.parameters.defaultChannels.indices)
            : ChannelMask(channels.indices.filter { channels[$0].frequency != 0 })
    }
}
