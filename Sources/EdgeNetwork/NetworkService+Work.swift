import EdgeModel
package import EdgeStore
import LoRaNetwork
import LoRaWAN

extension NetworkService {
    /// Passes on what the link brought.
    func take(_ work: NetworkWork) {
        let now = clock.now()
        switch work {
        case .heard(let frame): take(frame, at: now)
        case .refused(let frame, let before): log(frame, withheldBefore: before)
        case .answered(let answer):
            handle(
                .transmitAck(
                    TransmissionToken(rawValue: answer.reference), TransmitOutcome(answer.outcome)), at: now)
        // Needs the store: done before.
        case .shared: break
        case .queued(let downlink, let device):
            if let item = item(downlink, for: device, at: now) { handle(.enqueue(device, item), at: now) }
        case .cancelled(let ids, let device):
            for id in ids { cancel(DownlinkItemID(id), of: device, at: now) }
        }
    }

    /// The store has it as cancelled already. One that a gateway holds is remembered until it is known
    /// whether it went on the air: that counts as an attempt.
    private func cancel(_ item: DownlinkItemID, of device: DeviceHandle, at now: ClockReading) {
        let waiting = downlinks[item]
        let isOnItsWay = server.isOnItsWay(item, to: device)
        handle(.cancel(device, item), at: now)
        downlinks[item] = nil
        guard isOnItsWay, var waiting else { return }
        waiting.isCancelled = true
        downlinks[item] = waiting
    }

    private func take(_ frame: HeardFrame, at now: ClockReading) {
        let reception = UplinkReception(frame, quality: clock.quality(of: frame.receivedAt.wall))
        log(frame)
        switch frame.content {
        case .uplink(let device, let session, let uplink, let state, let isRepetition):
            if !isRepetition { known[device]?.lastUplinkAt = frame.receivedAt.wall }
            claimIfElsewhere(session, of: device, uplink.counter.rawValue)
            handle(
                .uplink(
                    HeardUplink(
                        device: device, session: session, uplink: uplink, state: state,
                        isRepetition: isRepetition, reception: reception)), at: now)
        case .joinRequest(_, let request): handle(.join(request, reception), at: now)
        case .rejoinRequest(_, let request): handle(.rejoin(request, reception), at: now)
        }
    }

    func handle(_ event: NetworkEvent<DeviceHandle>, at now: ClockReading) {
        perform(server.handle(event, at: NetworkInstant(now.monotonic)), at: now)
    }

    // MARK: Orders

    /// Forgets the DevNonces of a device; durable when it returns.
    package func clearNonces(of device: DeviceHandle) async throws {
        try await learn(devices: [device])
        handle(.clearNonces(device), at: clock.now())
        guard await commit() else {
            throw EdgeError(.storageFull, "The nonces could not be forgotten: the store cannot be written")
        }
    }

    /// Bytes of application payload that fit into the next frame for the device; nil for a device that is
    /// not active.
    package func payloadLimit(of device: DeviceHandle) async throws -> Int? {
        try await learn(devices: [device])
        return server.payloadLimit(of: device)
    }
}

extension UplinkReception {
    fileprivate init(_ frame: HeardFrame, quality: ClockQuality) {
        self.init(
            gateway: GatewayEUI(rawValue: frame.gateway.rawValue),
            timestamp: frame.radio.counterMicroseconds, frequency: frame.radio.frequency,
            dataRate: frame.radio.dataRate, snr: frame.radio.snr ?? 0, rssi: frame.rssi ?? -120,
            receivedAt: NetworkInstant(frame.receivedAt.monotonic),
            gpsMilliseconds: frame.radio.gpsMilliseconds,
            wallMicroseconds: quality == .none ? nil : frame.receivedAt.wall.microseconds,
            source: frame.radio.source, isTimed: frame.radio.hasCounter)
    }
}

extension TransmitOutcome {
    fileprivate init(_ outcome: DownlinkAnswer.Outcome) {
        self =
            switch outcome {
            case .accepted: .accepted
            case .refused(let code): .refused(code)
            case .unreachable: .unreachable
            case .notStored: .notStored
            }
    }
}
