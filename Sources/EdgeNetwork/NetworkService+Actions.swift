import CoreMetrics
import EdgeModel
import EdgeStore
import LoRaNetwork
import LoRaWAN

extension NetworkService {
    /// Does what the server decided, as far as it can be done before the next commit.
    func perform(_ actions: [NetworkAction<DeviceHandle>], at now: ClockReading) {
        var isStored = false
        var isSent = false
        var commands: [String] = []
        for action in actions {
            if action.isNews { hasNews = true }
            switch action {
            case .persist(let device, let session):
                changes.sessions[device, default: [:]][session.id.rawValue] = stored(session, of: device)
                isStored = true
            case .persistJoin(let device, let joins):
                changes.joins[device] = SecretBytes(joins.encoded())
                isStored = true
            case .install(let device, let id, let session):
                sessionChanges.append(.install(device, id, session))
            case .retire(let device, let id):
                sessionChanges.append(.retire(device, id))
                changes.sessions[device, default: [:]][id.rawValue] = .some(nil)
            case .transmit(let device, let transmission):
                outgoing.append(RadioDownlink(transmission))
                log(transmission, to: device, commands: commands, at: now)
                commands = []
                isSent = true
            case .item(_, let id, let state): note(state, of: id, at: now)
            case .note(_, .commandsSent(let sent)): commands = sent.map(\.description)
            case .note(let device, let note): take(note, of: device, at: now)
            }
        }
        if isStored, isSent { mustCommit = true }
    }

    private func take(_ note: NetworkNote, of device: DeviceHandle, at now: ClockReading) {
        switch note {
        case .joinAnswered:
            known[device]?.startedAt = now.wall
            metrics.joins.increment()
        case .joinRefused: metrics.refusedJoins.increment()
        default: break
        }
        log(note, of: device, at: now)
    }

    func stored(_ session: DeviceSession, of device: DeviceHandle) -> LoRaWANSession {
        var stored = LoRaWANSession(
            number: session.id.rawValue, state: SecretBytes(session.encoded()),
            summary: LoRaWANSession.Summary(
                session, startedAt: known[device]?.startedAt, lastUplinkAt: known[device]?.lastUplinkAt))
        stored.shape = session.shape
        stored.reservedCounters = session.reservedCounters
        return stored
    }

    private func note(_ state: ItemState, of id: DownlinkItemID, at now: ClockReading) {
        guard var waiting = downlinks[id] else { return }
        if case .sent(let counter) = state {
            waiting.attempts += 1
            waiting.frameCounter = counter
            waiting.reason = nil
        }
        var progress = Downlink.Progress(
            state: .sent, attempts: waiting.attempts, frameCounter: waiting.frameCounter,
            changedAt: now.wall)
        switch state {
        case .sent: if waiting.isCancelled { progress.state = .cancelled }
        case .delayed(let refusal):
            guard waiting.reason != refusal.text, !waiting.isCancelled else { return }
            waiting.reason = refusal.text
            progress.state = waiting.attempts == 0 ? .queued : .sent
            progress.reason = refusal.text
        case .acknowledged: progress.state = .acknowledged
        case .refused(let refusal):
            progress.state = .refused
            progress.reason = refusal.text
        case .expired: progress.state = .expired
        case .undelivered:
            progress.state = .undelivered
            progress.reason =
                waiting.attempts == 0 ? "no gateway could send it" : "the device has not acknowledged it"
        case .cancelled: progress.state = .cancelled
        }
        changes.downlinks[waiting.id] = progress
        let isWaiting = progress.state == .queued || progress.state == .sent && waiting.isConfirmed
        downlinks[id] = isWaiting ? waiting : nil
    }
}

extension RadioDownlink {
    fileprivate init(_ transmission: Transmission) {
        let timing: Timing =
            switch transmission.timing {
            case .at(let counter): .counter(counter)
            case .immediate: .immediately
            }
        self.init(
            reference: transmission.token.rawValue,
            gateway: EUI64(rawValue: transmission.gateway.rawValue), source: transmission.source,
            timing: timing, frequency: transmission.frequency, dataRate: transmission.dataRate,
            power: Int(transmission.power.rounded(.down)), payload: transmission.phyPayload)
    }
}

extension LoRaWANSession.Summary {
    fileprivate init(_ session: DeviceSession, startedAt: Timestamp?, lastUplinkAt: Timestamp?) {
        let radio = session.radio
        self.init(
            activation: session.id == .personalized ? "ABP" : "OTAA",
            devAddr: session.uplink.devAddr.rawValue, macVersion: session.version.description,
            region: radio.region.rawValue, deviceClass: radio.deviceClass == .c ? "C" : "A",
            frameCounterDown: session.networkCounter.next, receiveDelay: radio.rxDelay,
            receiveWindow2DataRate: radio.rx2DataRate, receiveWindow2Frequency: radio.rx2Frequency,
            channels: radio.enabledFrequencies)
        frameCounterUp = session.uplink.lastCounter?.rawValue
        if session.version >= .v110 { applicationCounterDown = session.applicationCounter.next }
        self.startedAt = startedAt
        self.lastUplinkAt = lastUplinkAt
        dataRate = radio.dataRate
        powerIndex = radio.powerIndex
        transmissions = radio.repetitions
        battery = session.battery
        margin = session.margin
        limits = Limits(
            limitsUplinkDwell: radio.limitsUplinkDwell, limitsDownlinkDwell: radio.limitsDownlinkDwell,
            maximumEIRP: radio.eirpIndex.map { LoRaWANProfile.TransmitLimits.powers[Int($0 & 0x0F)] },
            dutyCycleExponent: radio.dutyCycleExponent, rejoinTimeExponent: radio.rejoin?.timeExponent,
            rejoinCountExponent: radio.rejoin?.countExponent,
            downlinkChannels: radio.channels.enumerated().filter { $0.element.downlinkFrequency != 0 }.map {
                DownlinkChannel(index: $0.offset, frequency: $0.element.downlinkFrequency)
            })
    }
}

extension NetworkAction {
    /// What a restart must not forget for long. A counter is found again by the packets stored under it.
    fileprivate var isNews: Bool {
        switch self {
        case .persist, .install, .transmit: false
        case .persistJoin, .retire, .item, .note: true
        }
    }
}
