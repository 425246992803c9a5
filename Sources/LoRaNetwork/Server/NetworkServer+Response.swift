import LoRaWAN

// The answer to a data uplink.
extension NetworkServer {
    mutating func respond(
        to purpose: DataPurpose, _ receptions: [UplinkReception], of place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        guard let best = receptions.first, let index = devices[place]?.index(of: purpose.session) else {
            return
        }
        if !purpose.isRepetition {
            let snr = receptions.map(\.snr).max() ?? best.snr
            devices[place]?.sessions[index].remember(snr: snr, counter: purpose.counter)
        }
        if devices[place]?.sessions[index].radio.deviceClass == .c { keepPaths(receptions, place) }
        let owed = answers(purpose.outcome, receptions)
        dropExpired(place, at: now, &actions)
        guard let state = devices[place], state.sessions[index].sending != .not else { return }
        let mustAnswer =
            purpose.isConfirmed || purpose.wantsSignOfLife || purpose.outcome.mustAnswer || !owed.isEmpty
        // A repeated frame whose answer is on its way, or that needs none, is left alone.
        if purpose.isRepetition, !mustAnswer, state.heard?.isAnswered == true { return }
        guard mustAnswer || !state.queue.isEmpty || !groups(place, index, at: now).isEmpty else { return }
        let opportunities = receptions.flatMap { classA($0, state.sessions[index], state.settings) }
        let content = Flight.DataContent(
            session: purpose.session, acknowledges: purpose.isConfirmed ? purpose.counter : nil,
            mustAnswer: mustAnswer, owed: owed, awaitedBefore: state.sessions[index].awaited,
            pendingBefore: state.sessions[index].pending)
        launch(Flight(content: .data(content), opportunities: opportunities), of: place, at: now, &actions)
    }

    private mutating func keepPaths(_ receptions: [UplinkReception], _ place: Int) {
        devices[place]?.rare.paths = receptions.prefix(3).map {
            DeviceState.Path(
                gateway: $0.gateway, source: $0.source, snr: Float($0.snr), heardAt: $0.receivedAt)
        }
    }

    /// LinkCheckAns and DeviceTimeAns depend on the receptions; the others were owed before.
    private func answers(_ outcome: CommandOutcome, _ receptions: [UplinkReception]) -> [DownlinkCommand] {
        var owed = outcome.owed
        guard let best = receptions.max(by: { $0.snr < $1.snr }) else { return owed }
        if outcome.asksLinkCheck {
            let margin = (best.snr - LinkFloor.snr(of: best.dataRate)).rounded(.down)
            owed.append(
                .linkCheckAns(
                    margin: UInt8(clamping: Int(max(0, min(254, margin)))),
                    gatewayCount: UInt8(clamping: receptions.count)))
        }
        if outcome.asksTime, let time = receptions.lazy.compactMap(DeviceTime.init).first {
            owed.append(.deviceTimeAns(seconds: time.seconds, fraction: time.fraction))
        }
        return owed
    }

    /// What the device is to be told: an operator's requests, then what its settings want.
    func groups(_ place: Int, _ index: Int, at now: NetworkInstant) -> [RequestGroup] {
        guard let state = devices[place] else { return [] }
        let asked = state.rare.requests.map { RequestGroup(key: 0, commands: [$0]) }
        let isStatusDue = state.settings.statusInterval.map { interval in
            state.statusAskedAt.map { now - $0 >= interval } ?? true
        }
        return asked
            + state.sessions[index].wantedRequests(
                state.settings, isADRAllowed: state.heard?.allowsADR ?? false,
                asksStatus: isStatusDue ?? false)
    }

    /// RX1 and RX2 of one reception.
    func classA(
        _ reception: UplinkReception, _ session: DeviceSession, _ settings: DeviceSettings
    ) -> [Opportunity] {
        windows(
            reception, session.radio, settings.revision,
            delay: Int64(session.radio.rxDelay))
    }

    /// Both windows after an uplink, where the tables have them.
    func windows(
        _ reception: UplinkReception, _ radio: RadioState, _ revision: RegionalRevision, delay: Int64
    ) -> [Opportunity] {
        guard reception.isTimed else { return [] }
        let parameters = radio.region.parameters
        func opportunity(_ window: ReceiveWindow, _ frequency: UInt32, _ dataRate: UInt8) -> Opportunity {
            let seconds = delay + (window == .rx2 ? 1 : 0)
            return Opportunity(
                gateway: reception.gateway, source: reception.source, window: window,
                timing: .at(reception.timestamp &+ UInt32(truncatingIfNeeded: seconds * 1_000_000)),
                frequency: frequency, dataRate: dataRate,
                latest: reception.receivedAt + .seconds(seconds) - limits.lead,
                limit: parameters.maximumPayload(
                    dataRate: dataRate, revision: revision, limitsDwell: radio.limitsDownlinkDwell))
        }
        var windows: [Opportunity] = []
        if parameters.canHear(reception), let uplinkRate = parameters.uplinkDataRate(reception.dataRate),
            let dataRate = parameters.rx1DataRate(
                uplink: uplinkRate, offset: radio.rx1Offset, limitsDwell: radio.limitsDownlinkDwell,
                revision: revision),
            let frequency = radio.rx1Frequency(uplink: reception.frequency)
        {
            windows.append(opportunity(.rx1, frequency, dataRate))
        }
        windows.append(opportunity(.rx2, radio.rx2Frequency, radio.rx2DataRate))
        return windows
    }
}

extension RadioState {
    /// Where RX1 is: the channel's own frequency if the device was told one, else by the region's rule.
    /// Channels are exact, what gateways report is not.
    func rx1Frequency(uplink frequency: UInt32) -> UInt32? {
        let parameters = region.parameters
        guard !parameters.isFixedPlan, let index = channel(at: frequency) else {
            return parameters.rx1Frequency(uplink: frequency)
        }
        let channel = channels[index]
        return channel.downlinkFrequency != 0 ? channel.downlinkFrequency : channel.frequency
    }
}

/// The SNR below which nothing is understood.
enum LinkFloor {
    static func snr(of dataRate: String) -> Double {
        floors.first { dataRate.hasPrefix($0.prefix) }?.snr ?? 0
    }

    private static let floors: [(prefix: String, snr: Double)] = (7...12).map {
        ("SF\($0)BW", -7.5 - 2.5 * Double($0 - 7))
    }
}

/// GPS time, as DeviceTimeAns says it.
struct DeviceTime {
    var seconds: UInt32
    var fraction: UInt8

    /// From the gateway's GPS, else from a clock that is good; nil without either.
    init?(_ reception: UplinkReception) {
        let milliseconds: UInt64
        if let gps = reception.gpsMilliseconds {
            milliseconds = gps
        } else if let wall = reception.wallMicroseconds, wall / 1_000 > Self.epoch {
            milliseconds = UInt64(wall / 1_000 - Self.epoch) + Self.leapSeconds * 1_000
        } else {
            return nil
        }
        seconds = UInt32(truncatingIfNeeded: milliseconds / 1_000)
        fraction = UInt8(truncatingIfNeeded: milliseconds % 1_000 * 256 / 1_000)
    }

    /// 1980-01-06, in milliseconds of Unix time.
    private static let epoch: Int64 = 315_964_800_000
    /// Between GPS and UTC since 2017.
    private static let leapSeconds: UInt64 = 18
}
