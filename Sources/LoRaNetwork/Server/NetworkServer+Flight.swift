import LoRaWAN

// Sending: one window after the other until a gateway takes the frame.
extension NetworkServer {
    mutating func launch(
        _ flight: Flight, of place: Int, at now: NetworkInstant, _ actions: inout Actions
    ) {
        var flight = flight
        refuseTooLong(flight, place, &actions)
        preferRoom(&flight, place)
        if flight.opportunities.isEmpty {
            note(.downlinkRefused(.noGateway, window: .rx1, gateway: nil), place, &actions)
        }
        flights[place] = flight
        fly(place, at: now, &actions)
    }

    /// An item that fits into none of the windows would block all behind it.
    private mutating func refuseTooLong(_ flight: Flight, _ place: Int, _ actions: inout Actions) {
        guard case .data = flight.content, let limit = flight.opportunities.map(\.limit).max(), limit > 0
        else {
            return
        }
        while let item = devices[place]?.queue.first?.item, item.payload.count > limit {
            takeItem(item.id, of: place)
            actions.append(.item(names[place], item.id, .refused(.tooLong(limit: limit))))
        }
    }

    /// Windows that the item fits into come before those it does not.
    private func preferRoom(_ flight: inout Flight, _ place: Int) {
        guard case .data = flight.content, let item = devices[place]?.queue.first?.item else { return }
        let fits = { (opportunity: Opportunity) in opportunity.limit >= item.payload.count }
        flight.opportunities = flight.opportunities.filter(fits) + flight.opportunities.filter { !fits($0) }
    }

    /// Hands the frame to the next gateway that may send it; ends the flight when there is none.
    private mutating func fly(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        guard var flight = flights.removeValue(forKey: place) else { return }
        while !flight.opportunities.isEmpty {
            let opportunity = flight.opportunities.removeFirst()
            let refusal = attempt(opportunity, &flight, place, at: now, &actions)
            if flight.attempt != nil {
                flights[place] = flight
                return
            }
            guard let refusal else { break }
            flight.refusal = refusal
            note(
                .downlinkRefused(refusal, window: opportunity.window, gateway: opportunity.gateway), place,
                &actions)
        }
        end(flight, place, at: now, &actions)
    }

    /// Sets `flight.attempt`, or says why not; nil when there is nothing to send at all.
    private mutating func attempt(
        _ opportunity: Opportunity, _ flight: inout Flight, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) -> DownlinkRefusal? {
        if let latest = opportunity.latest, now > latest { return .tooLate }
        guard let state = devices[place] else { return nil }
        let parameters = region(of: flight, state).parameters
        guard let rate = parameters.dataRate(opportunity.dataRate) else { return .noWindow }
        // The room that is left decides before a counter is spent.
        let longest = rate.airtime(byteCount: Self.overhead)
        let subBand = parameters.subBand(at: opportunity.frequency).map {
            SubBandKey(region: parameters.region, index: $0, permille: parameters.subBands[$0].permille)
        }
        if let subBand {
            guard gateways.reserve(longest, on: opportunity.gateway, subBand, at: now) else {
                return .dutyCycle
            }
            gateways.release(longest, on: opportunity.gateway, subBand, at: now)
        }
        guard let bytes = frame(opportunity, &flight, place, at: now, &actions) else {
            return isUsedUp(flight, place)
                ? .countersUsedUp : opportunity.limit == 0 ? .tooLong(limit: 0) : nil
        }
        let airtime = rate.airtime(byteCount: bytes.count)
        if case .data(let content) = flight.content, parameters.hasDownlinkDwell, airtime > 400_000,
            state.index(of: content.session).map({ state.sessions[$0].radio.limitsDownlinkDwell }) ?? false
        {
            return .dwellTime
        }
        if let subBand, !gateways.reserve(airtime, on: opportunity.gateway, subBand, at: now) {
            return .dutyCycle
        }
        let power = min(
            parameters.downlinkPower(at: opportunity.frequency),
            gateways[opportunity.gateway]?.strongest ?? .infinity)
        let token = nextToken
        nextToken += 1
        tokens[token] = place
        let deadline = ackDeadline(flight, at: now)
        flight.attempt = .init(
            token: token, opportunity: opportunity, deadline: deadline, airtime: airtime, subBand: subBand,
            power: power)
        agenda.add(.flight, of: place, at: deadline)
        actions.append(
            .transmit(
                names[place],
                Transmission(
                    token: TransmissionToken(rawValue: token), gateway: opportunity.gateway,
                    timing: opportunity.timing, frequency: opportunity.frequency, dataRate: rate.name,
                    power: power, phyPayload: bytes,
                    isInverted: rate.isLoRa, window: opportunity.window, counter: flight.counter,
                    source: opportunity.source)))
        return nil
    }

    /// Where the device is: a session stays in the region in which it began.
    private func region(of flight: Flight, _ state: DeviceState) -> Region {
        guard case .data(let content) = flight.content, let index = state.index(of: content.session) else {
            return state.settings.region
        }
        return state.sessions[index].radio.region
    }

    /// MHDR, FHDR, FPort and MIC: the shortest frame that has data.
    private static var overhead: Int { 13 }

    /// The bytes for this window: those of before if they fit, else a new frame with its own counter.
    private mutating func frame(
        _ opportunity: Opportunity, _ flight: inout Flight, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) -> [UInt8]? {
        switch flight.content {
        case .join(let bytes): return bytes
        case .data(var content):
            if let frame = content.frame, frame.length <= opportunity.limit, isStillWanted(frame, place) {
                return frame.bytes
            }
            if let frame = content.frame, let item = frame.item, !isStillWanted(frame, place) {
                actions.append(.item(names[place], item.id, .cancelled))
                content.frame = nil
            }
            guard opportunity.limit > 0 else { return nil }
            content.frame = compose(content, limit: opportunity.limit, of: place, at: now, &actions)
            flight.content = .data(content)
            return content.frame?.bytes
        }
    }

    /// The item in it was not taken back meanwhile.
    func isStillWanted(_ frame: ComposedFrame, _ place: Int) -> Bool {
        frame.item.map { item in devices[place]?.queue.contains { $0.item.id == item.id } ?? false } ?? true
    }

    private func isUsedUp(_ flight: Flight, _ place: Int) -> Bool {
        guard case .data(let content) = flight.content, let state = devices[place],
            let index = state.index(of: content.session)
        else { return false }
        let session = state.sessions[index]
        return max(session.networkCounter.next, session.applicationCounter.next) >= session.ceiling
    }

    /// Until when a TX_ACK is waited for: not so long that the next window is missed.
    private func ackDeadline(_ flight: Flight, at now: NetworkInstant) -> NetworkInstant {
        let usual = now + limits.ackTimeout
        let last = flight.opportunities.compactMap(\.latest).max() ?? usual
        return last < usual ? max(now + .milliseconds(50), last - .milliseconds(20)) : usual
    }

    // MARK: What the gateway says

    mutating func take(
        _ outcome: TransmitOutcome, of token: TransmissionToken, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        guard let place = tokens.removeValue(forKey: token.rawValue), var flight = flights[place],
            let attempt = flight.attempt, attempt.token == token.rawValue
        else { return }
        flight.attempt = nil
        if outcome.isGateways { gateways.noteAnswer(of: attempt.opportunity.gateway) }
        switch outcome {
        case .accepted:
            flights[place] = nil
            finish(flight, attempt, place, at: now, &actions)
        case .refused(let code):
            flight.wasRefused = true
            noteRefusal(.gateway(code), attempt, &flight, place, at: now, &actions)
            // Old forwarders refuse what their amplifier cannot do; newer ones do what they can.
            if code == "TX_POWER", gateways.weaken(attempt.opportunity.gateway, below: attempt.power) {
                flight.opportunities.insert(attempt.opportunity, at: 0)
            }
            flights[place] = flight
            fly(place, at: now, &actions)
        case .unreachable, .notStored:
            let refusal: DownlinkRefusal = outcome == .notStored ? .notStored : .unreachable
            // Another one is chosen first as long as this one does not ask for downlinks.
            if outcome == .unreachable { gateways.noteSilence(of: attempt.opportunity.gateway, at: now) }
            noteRefusal(refusal, attempt, &flight, place, at: now, &actions)
            flights[place] = flight
            fly(place, at: now, &actions)
        }
    }

    /// What was refused was never on the air.
    private mutating func noteRefusal(
        _ refusal: DownlinkRefusal, _ attempt: Flight.Attempt, _ flight: inout Flight, _ place: Int,
        at now: NetworkInstant, _ actions: inout Actions
    ) {
        if let subBand = attempt.subBand {
            gateways.release(attempt.airtime, on: attempt.opportunity.gateway, subBand, at: now)
        }
        flight.refusal = refusal
        note(
            .downlinkRefused(
                refusal, window: attempt.opportunity.window, gateway: attempt.opportunity.gateway),
            place, &actions)
    }

    /// No TX_ACK: the next window of another gateway, if there is one, before this one's.
    mutating func endSilence(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        guard var flight = flights[place], let attempt = flight.attempt, attempt.deadline <= now else {
            return
        }
        tokens[attempt.token] = nil
        flight.attempt = nil
        flight.mayHaveArrived = true
        flight.wasRefused = true
        flight.refusal = .silence
        let gateway = attempt.opportunity.gateway
        gateways.noteSilence(of: gateway, at: now)
        flight.opportunities =
            flight.opportunities.filter { $0.gateway != gateway }
            + flight.opportunities.filter { $0.gateway == gateway }
        note(
            .downlinkRefused(.silence, window: attempt.opportunity.window, gateway: gateway), place, &actions)
        flights[place] = flight
        fly(place, at: now, &actions)
    }
}

extension DataRate {
    var isLoRa: Bool {
        if case .lora = modulation { true } else { false }
    }
}
