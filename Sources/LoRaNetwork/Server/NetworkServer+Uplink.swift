import LoRaWAN

// Data uplinks: what the device says is taken over at once, the answer waits for the other gateways.
extension NetworkServer {
    mutating func take(_ heard: HeardUplink<Device>, at now: NetworkInstant, _ actions: inout Actions) {
        gateways.note(heard.reception)
        guard let place = places[heard.device], let index = devices[place]?.index(of: heard.session) else {
            return
        }
        // The first that the server hears of a session is new to it, whatever the table has seen.
        if heard.isRepetition, devices[place]?.sessions[index].isHeard == true {
            takeRepetition(heard, place, at: now)
        } else {
            takeNew(heard, place, index, at: now, &actions)
        }
    }

    private mutating func takeNew(
        _ heard: HeardUplink<Device>, _ place: Int, _ index: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        abandonFlight(place, at: now, &actions)
        devices[place]?.rare.delays = 0
        if index != 0 || devices[place]?.sessions[index].isHeard == false { activate(place, index, &actions) }
        devices[place]?.heard = DeviceState.LastUplink(
            session: heard.session, counter: heard.uplink.counter.rawValue,
            firstAt: heard.reception.receivedAt,
            allowsADR: heard.uplink.control.adr)
        settleAwaited(heard.uplink, place, &actions)
        let outcome = obey(heard, place, &actions)
        persist(place, heard.session, &actions)
        let purpose = DataPurpose(
            session: heard.session, counter: heard.uplink.counter.rawValue,
            isConfirmed: heard.uplink.isConfirmed, wantsSignOfLife: heard.uplink.control.adrAckReq,
            outcome: outcome, isRepetition: false)
        open(
            Gathering(
                purpose: .data(purpose), closesAt: heard.reception.receivedAt + limits.collection,
                receptions: [heard.reception]), of: place)
    }

    /// Another gateway's copy joins the window that is open; a frame that the device sends again long
    /// after opens another, because a confirmed one wants its answer again.
    private mutating func takeRepetition(
        _ heard: HeardUplink<Device>, _ place: Int, at now: NetworkInstant
    ) {
        let counter = heard.uplink.counter.rawValue
        if case .data(let purpose)? = collections[place]?.purpose, purpose.session == heard.session,
            purpose.counter == counter
        {
            addReception(heard.reception, to: place)
            return
        }
        guard let last = devices[place]?.heard else {
            // The first frame after a restart.
            reopen(heard, place, isAnswered: false)
            return
        }
        guard last.session == heard.session, last.counter == counter,
            heard.reception.receivedAt - last.firstAt > limits.lateCopy
        else { return }
        reopen(heard, place, isAnswered: last.isAnswered)
    }

    private mutating func reopen(_ heard: HeardUplink<Device>, _ place: Int, isAnswered: Bool) {
        guard flights[place] == nil else { return }
        devices[place]?.heard = DeviceState.LastUplink(
            session: heard.session, counter: heard.uplink.counter.rawValue,
            firstAt: heard.reception.receivedAt, isAnswered: isAnswered,
            allowsADR: heard.uplink.control.adr)
        let purpose = DataPurpose(
            session: heard.session, counter: heard.uplink.counter.rawValue,
            isConfirmed: heard.uplink.isConfirmed, wantsSignOfLife: heard.uplink.control.adrAckReq,
            outcome: CommandOutcome(repeating: heard.uplink.commands), isRepetition: true)
        open(
            Gathering(
                purpose: .data(purpose), closesAt: heard.reception.receivedAt + limits.collection,
                receptions: [heard.reception]), of: place)
    }

    /// The first uplink of a session ends those before it.
    private mutating func activate(_ place: Int, _ index: Int, _ actions: inout Actions) {
        guard var state = devices[place] else { return }
        for old in state.sessions where old.id != state.sessions[index].id {
            actions.append(.retire(names[place], old.id))
        }
        state.sessions = [state.sessions[index]]
        state.sessions[0].isHeard = true
        state.statusAskedAt = nil
        state.rare.lastJoin = nil
        devices[place] = state
        note(.activated(state.sessions[0].id, state.sessions[0].uplink.devAddr), place, &actions)
    }

    /// Counters, radio and MAC commands of a new uplink.
    private mutating func obey(
        _ heard: HeardUplink<Device>, _ place: Int, _ actions: inout Actions
    ) -> CommandOutcome {
        guard let settings = devices[place]?.settings else { return CommandOutcome() }
        let commands = heard.uplink.commands.map(UplinkCommand.init)
        if heard.uplink.isCounterReset { note(.counterReset, place, &actions) }
        let outcome =
            devices[place]?.sessions[0].take(heard, commands, settings: settings) ?? CommandOutcome()
        if !commands.isEmpty { note(.commandsReceived(commands), place, &actions) }
        if let status = outcome.status {
            note(.statusReported(battery: status.battery, margin: status.margin), place, &actions)
        }
        return outcome
    }

    /// ACK settles the confirmed downlink that was sent; without it, it is sent again or given up.
    private mutating func settleAwaited(_ uplink: OpenedUplink, _ place: Int, _ actions: inout Actions) {
        guard let awaited = devices[place]?.sessions.first?.awaited, let state = devices[place] else {
            return
        }
        devices[place]?.rare.acknowledgedBy = nil
        if uplink.control.ack {
            takeItem(awaited.item, of: place)
            devices[place]?.sessions[0].awaited = nil
            actions.append(.item(names[place], awaited.item, .acknowledged))
        } else if awaited.tries >= state.settings.maximumTries {
            giveUp(awaited.item, place, &actions)
        }
    }

    mutating func giveUp(_ item: DownlinkItemID, _ place: Int, _ actions: inout Actions) {
        if takeItem(item, of: place) != nil { actions.append(.item(names[place], item, .undelivered)) }
        if devices[place]?.sessions.first?.awaited?.item == item { devices[place]?.sessions[0].awaited = nil }
    }
}

extension CommandOutcome {
    /// A device that repeats a frame has not got the answer to what it asked in it.
    init(repeating commands: [MACCommand]) {
        for command in commands {
            switch UplinkCommand(command) {
            case .linkCheckReq: asksLinkCheck = true
            case .deviceTimeReq: asksTime = true
            case .rekeyInd(let minor): owe(.rekeyConf(minor: min(minor, 1)))
            case .resetInd(let minor): owe(.resetConf(minor: min(minor, 1)))
            case .deviceModeInd(let deviceClass) where deviceClass == 0 || deviceClass == 2:
                owe(.deviceModeConf(deviceClass: deviceClass))
            case .rxParamSetupAns, .rxTimingSetupAns, .txParamSetupAns, .dlChannelAns: mustAnswer = true
            default: continue
            }
        }
    }
}

extension DeviceSession {
    /// Takes over all that a new uplink says.
    mutating func take<Device>(
        _ heard: HeardUplink<Device>, _ commands: [UplinkCommand], settings: DeviceSettings
    ) -> CommandOutcome {
        let confirmed = uplink.confirmedDownlinkCounter
        uplink = heard.state
        uplink.confirmedDownlinkCounter = confirmed
        if heard.uplink.isCounterReset { restart(settings) }
        let outcome = take(commands, settings: settings)
        dropPending()
        observe(heard.reception)
        return outcome
    }

    /// An ABP device has started again: it has forgotten what it was told.
    mutating func restart(_ settings: DeviceSettings) {
        guard id == .personalized else { return }
        radio = RadioState(personalized: settings)
        pending = []
        attempts = []
        history = []
    }

    /// What an uplink shows of the device's radio. A device that goes slower by itself has raised its
    /// power first, and one that uses a channel has it on (LoRaWAN 1.0.4, section 4.3.1.1).
    mutating func observe(_ reception: UplinkReception) {
        let parameters = radio.region.parameters
        guard let dataRate = parameters.uplinkDataRate(reception.dataRate) else { return }
        if dataRate != radio.dataRate {
            if dataRate < radio.dataRate, radio.powerIndex != 0 {
                radio.powerIndex = 0
                history = []
            }
            radio.dataRate = dataRate
        }
        if parameters.isFixedPlan {
            guard let channel = parameters.usualChannel(at: reception.frequency), !radio.mask[channel] else {
                return
            }
            radio.mask = radio.knownChannels
        } else if let channel = radio.channel(at: reception.frequency), !radio.mask[channel] {
            radio.mask[channel] = true
        }
    }
}

extension RadioState {
    /// The index of the device's channel on a frequency.
    func channel(at frequency: UInt32) -> Int? {
        region.parameters.isFixedPlan
            ? region.parameters.usualChannel(at: frequency)
            : channels.firstIndex { RegionalParameters.isNear($0.frequency, frequency) }
    }
}
