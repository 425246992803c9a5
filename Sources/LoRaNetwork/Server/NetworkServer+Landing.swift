import LoRaWAN

// How a flight ends: a gateway has taken the frame, or nothing is left to try.
extension NetworkServer {
    mutating func finish(
        _ flight: Flight, _ attempt: Flight.Attempt, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        var sent = NetworkNote.SentDownlink(
            gateway: attempt.opportunity.gateway, window: attempt.opportunity.window, counter: nil)
        guard case .data(let content) = flight.content, let frame = content.frame else {
            note(.downlinkSent(sent), place, &actions)
            return
        }
        sent.counter = frame.counter
        let acknowledged = now + limits.acknowledgement
        devices[place]?.heard?.isAnswered = true
        devices[place]?.rare.delays = 0
        note(.downlinkSent(sent), place, &actions)
        if let item = frame.item {
            // Also when it was taken back while the gateway had it: it was sent.
            actions.append(.item(names[place], item.id, .sent(counter: frame.counter)))
            if isStillWanted(frame, place) {
                if !item.isConfirmed { takeItem(item.id, of: place) }
                if item.isConfirmed { devices[place]?.rare.acknowledgedBy = acknowledged }
            }
        }
        scheduleClassC(place, at: now, after: attempt)
    }

    /// Nothing is left to try.
    mutating func end(
        _ flight: Flight, _ place: Int, at now: NetworkInstant, _ actions: inout Actions
    ) {
        guard case .data(let content) = flight.content else {
            note(.downlinkGivenUp, place, &actions)
            return
        }
        guard let frame = content.frame else {
            if content.mustAnswer { note(.downlinkGivenUp, place, &actions) }
            if let refusal = flight.refusal, let item = devices[place]?.queue.first?.item {
                actions.append(.item(names[place], item.id, .delayed(refusal)))
            }
            scheduleClassC(place, at: now, after: nil)
            return
        }
        if flight.wasRefused || content.mustAnswer { note(.downlinkGivenUp, place, &actions) }
        if !flight.mayHaveArrived, let index = devices[place]?.index(of: content.session) {
            devices[place]?.sessions[index].pending = content.pendingBefore
            devices[place]?.sessions[index].awaited = content.awaitedBefore
        }
        if let item = frame.item { settle(item, frame, flight, place, &actions) }
        scheduleClassC(place, at: now, after: nil)
    }

    /// What becomes of an item that no gateway has sent: one that none was asked to send goes on waiting.
    private mutating func settle(
        _ item: DownlinkItem, _ frame: ComposedFrame, _ flight: Flight, _ place: Int,
        _ actions: inout Actions
    ) {
        guard isStillWanted(frame, place) else {
            actions.append(.item(names[place], item.id, .cancelled))
            return
        }
        if flight.wasRefused { return noteFailure(of: item, place, &actions) }
        if flight.refusal == .unreachable, let delays = devices[place]?.rare.delays {
            devices[place]?.rare.delays = min(delays + 1, Self.maximumDelays)
        }
        if let refusal = flight.refusal { actions.append(.item(names[place], item.id, .delayed(refusal))) }
    }

    /// Each doubles the pause before the next try.
    private static var maximumDelays: UInt8 { 5 }

    /// Frames of an item that no gateway took before it is given up.
    private static var maximumFailures: UInt8 { 3 }

    private mutating func noteFailure(of item: DownlinkItem, _ place: Int, _ actions: inout Actions) {
        guard let index = devices[place]?.queue.firstIndex(where: { $0.item.id == item.id }) else { return }
        devices[place]?.queue[index].failures += 1
        let failures = devices[place]?.queue[index].failures ?? 0
        if failures >= Self.maximumFailures { giveUp(item.id, place, &actions) }
    }

    /// The device speaks again before its gateway has answered: too late for these windows.
    mutating func abandonFlight(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        guard var flight = flights.removeValue(forKey: place) else { return }
        if let attempt = flight.attempt {
            tokens[attempt.token] = nil
            flight.attempt = nil
            flight.mayHaveArrived = true
            flight.wasRefused = true
        }
        flight.opportunities = []
        end(flight, place, at: now, &actions)
    }
}
