// Class C: the device listens all the time, on RX2.
extension NetworkServer {
    /// Sends the next item at once when the device listens and nothing else is on its way to it.
    mutating func sendClassC(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        guard let session = devices[place]?.sessions.first, session.isHeard, session.radio.deviceClass == .c,
            session.sending != .not,
            flights[place] == nil, collections[place] == nil
        else { return }
        if let awaited = session.awaited {
            if let until = devices[place]?.rare.acknowledgedBy, now < until { return }
            let tries = devices[place]?.settings.maximumTries ?? 1
            if awaited.tries >= tries { giveUp(awaited.item, place, &actions) }
        }
        dropExpired(place, at: now, &actions)
        guard let state = devices[place], !state.queue.isEmpty || !state.rare.requests.isEmpty else { return }
        let parameters = session.radio.region.parameters
        let limit = parameters.maximumPayload(
            dataRate: session.radio.rx2DataRate, revision: state.settings.revision,
            limitsDwell: session.radio.limitsDownlinkDwell)
        let opportunities = paths(of: state, at: now).map { path in
            Opportunity(
                gateway: path.gateway, source: path.source, window: .rxC, timing: .immediate,
                frequency: session.radio.rx2Frequency, dataRate: session.radio.rx2DataRate, latest: nil,
                limit: limit)
        }
        guard !opportunities.isEmpty else {
            if let item = state.queue.first?.item {
                actions.append(.item(names[place], item.id, .delayed(.noGateway)))
            }
            return
        }
        let content = Flight.DataContent(
            session: session.id, acknowledges: nil, mustAnswer: false, owed: [],
            awaitedBefore: devices[place]?.sessions.first?.awaited, pendingBefore: session.pending)
        launch(Flight(content: .data(content), opportunities: opportunities), of: place, at: now, &actions)
    }

    /// The gateways that heard the last uplink, not too long ago; a silent one comes last.
    private func paths(of state: DeviceState, at now: NetworkInstant) -> [DeviceState.Path] {
        let fresh = state.rare.paths.filter { now - $0.heardAt < limits.pathAge }
        let isSilent = { (path: DeviceState.Path) in gateways[path.gateway]?.silentAt != nil }
        return fresh.filter { !isSilent($0) } + fresh.filter(isSilent)
    }

    /// When the next may follow: after this one is off the air, or after a pause when none was sent.
    mutating func scheduleClassC(_ place: Int, at now: NetworkInstant, after attempt: Flight.Attempt?) {
        guard let state = devices[place], state.sessions.first?.radio.deviceClass == .c,
            !state.queue.isEmpty || !state.rare.requests.isEmpty
        else { return }
        guard let attempt else {
            agenda.add(.classC, of: place, at: now + pause(after: state.rare.delays))
            return
        }
        let begins = attempt.opportunity.latest.map { $0 + limits.lead } ?? now
        let isFree = max(begins, now) + .microseconds(attempt.airtime) + .milliseconds(200)
        agenda.add(.classC, of: place, at: max(isFree, state.rare.acknowledgedBy ?? isFree))
    }

    /// A device that has not been heard since the process began is reached by the gateway that heard it
    /// before. That one may have to ask for its downlinks first: what waits is sent after the pause.
    mutating func recall(_ gateway: GatewayEUI, _ place: Int, at now: NetworkInstant) {
        guard devices[place]?.rare.paths.isEmpty == true else { return }
        devices[place]?.rare.paths = [.init(gateway: gateway, snr: 0, heardAt: now)]
        scheduleClassC(place, at: now, after: nil)
    }

    /// Ten seconds, and up to five minutes while its gateways are away.
    private func pause(after delays: UInt8) -> NetworkInstant.Span {
        .seconds(min(300, 10 << Int64(min(delays, 5))))
    }
}
