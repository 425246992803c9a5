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
        case .answered(let answer):
            handle(
                .transmitAck(
                    TransmissionToken(rawValue: answer.reference), TransmitOutcome(answer.outcome)), at: now)
        // Needs the store: done before.
        case .shared: break
        case .queued(let downlink, let device):
            if let item = item(downlink, for: device, at: now) { handle(.enqueue(device, item), at: now) }
        case .cancelled(let ids, let device):
            for id in ids {
                downlinks[DownlinkItemID(id)] = nil
                handle(.cancel(device, DownlinkItemID(id)), at: now)
            }
        }
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

    /// Bytes of application payload that fit into a frame for the device now; nil without a session.
    package func payloadLimit(of device: DeviceHandle) async -> Int? {
        try? await learn(devices: [device])
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
            wallMicroseconds: quality == .none ? nil : frame.receivedAt.wall.microseconds)
    }
}

extension TransmitOutcome {
    fileprivate init(_ outcome: DownlinkAnswer.Outcome) {
        self =
            switch outcome {
            case .accepted: .accepted
            case .refused(let code): .refused(code)
            case .unreachable: .refused("UNREACHABLE")
            }
    }
}
