package import EdgeModel
import NIOCore
import SemtechUDP
import Synchronization

/// Hands downlinks to packet forwarders (PULL_RESP) and passes on what they answer (TX_ACK).
///
/// A forwarder drops an incomplete `txpk` in silence, so silence is an answer too: whoever asked
/// must watch the time. What waits for an answer is bounded; the oldest gives way.
package final class DownlinkTransmitter: Sendable {
    /// Longer than any forwarder takes: it answers before the transmission, not after it.
    private static let patience = Duration.seconds(10)
    private static let capacity = 4_096

    private struct Key: Hashable {
        var gateway: EUI64
        var token: UInt16
    }
    private struct Waiting {
        var reference: UInt64
        var since: MonotonicInstant
    }
    private struct State {
        var channel: (any Channel)?
        var nextToken = UInt16.random(in: .min ... .max)
        var waiting: [Key: Waiting] = [:]
    }

    private let paths: DownlinkPaths
    private let clock: EdgeClock
    private let answered: @Sendable (DownlinkAnswer) -> Void
    private let state = Mutex(State())

    init(
        paths: DownlinkPaths, clock: EdgeClock, answered: @escaping @Sendable (DownlinkAnswer) -> Void
    ) {
        self.paths = paths
        self.clock = clock
        self.answered = answered
    }

    func attach(_ channel: any Channel) { state.withLock { $0.channel = channel } }

    /// Sends at once. The answer comes through `answered`, perhaps before this returns, and not at
    /// all when the forwarder keeps silent.
    package func send(_ downlink: RadioDownlink) {
        let now = clock.now().monotonic
        guard let path = paths.path(to: downlink.gateway, source: downlink.source, at: now),
            let packet = downlink.packet
        else {
            let outcome: DownlinkAnswer.Outcome =
                downlink.packet == nil ? .refused("malformed") : .unreachable
            return answered(DownlinkAnswer(reference: downlink.reference, outcome: outcome))
        }
        // A forwarder of version 1 knows no TX_ACK.
        let isAnswered = path.version != .v1
        let (channel, token) = state.withLock { state -> ((any Channel)?, UInt16) in
            state.nextToken &+= 1
            if isAnswered {
                if state.waiting.count >= Self.capacity { Self.makeRoom(&state, at: now) }
                state.waiting[Key(gateway: downlink.gateway, token: state.nextToken)] = Waiting(
                    reference: downlink.reference, since: now)
            }
            return (state.channel, state.nextToken)
        }
        let bytes = PullResponse(version: path.version, token: token, packet: packet).bytes
        channel?.eventLoop.execute { [answered] in
            let isSent = try? channel?.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self
            ) { ReplySocket.send(bytes, to: path.remote, from: path.local, on: $0) }
            guard isSent == true else {
                return answered(DownlinkAnswer(reference: downlink.reference, outcome: .unreachable))
            }
            if !isAnswered {
                answered(DownlinkAnswer(reference: downlink.reference, outcome: .accepted))
            }
        }
    }

    /// Takes a TX_ACK. False when it answers nothing that was sent, or answers it again.
    func receive(_ ack: TransmitAck) -> Bool {
        let key = Key(gateway: EUI64(rawValue: ack.gateway.rawValue), token: ack.token)
        guard let waiting = state.withLock({ $0.waiting.removeValue(forKey: key) }) else { return false }
        let outcome: DownlinkAnswer.Outcome =
            switch ack.outcome {
            case .accepted, .acceptedWithWarning: .accepted
            case .refused(let code): .refused(code.rawValue)
            }
        answered(DownlinkAnswer(reference: waiting.reference, outcome: outcome))
        return true
    }

    private static func makeRoom(_ state: inout State, at now: MonotonicInstant) {
        state.waiting = state.waiting.filter { now.since($0.value.since) < patience }
        guard state.waiting.count >= capacity,
            let oldest = state.waiting.min(by: { $0.value.since < $1.value.since })
        else { return }
        state.waiting[oldest.key] = nil
    }
}

extension RadioDownlink {
    /// As a forwarder takes it; nil when it cannot be sent. A LoRaWAN downlink has inverted polarity
    /// and no CRC (LoRaWAN 1.0.4, section 2.3); FSK deviates by 25 kHz (RP002, section 4.1).
    fileprivate var packet: TransmitPacket? {
        let modulation: TransmitPacket.Modulation
        switch SemtechUDP.DataRate(dataRate) ?? fskRate {
        case .lora(let factor, let bandwidth):
            modulation = .lora(
                spreadingFactor: factor, bandwidth: bandwidth, codingRate: "4/5", invertsPolarity: true)
        case .fsk(let bitRate): modulation = .fsk(bitRate: bitRate, deviation: 25_000)
        case .lrFHSS, nil: return nil
        }
        let isLoRa = if case .lora = modulation { true } else { false }
        return try? TransmitPacket(
            timing: timing.forwarders, frequency: frequency, power: power, modulation: modulation,
            omitsCRC: isLoRa, payload: payload)
    }

    private var fskRate: SemtechUDP.DataRate? {
        guard dataRate.hasPrefix("FSK") else { return nil }
        return UInt32(dataRate.dropFirst(3)).map { .fsk(bitRate: $0) }
    }
}

extension RadioDownlink.Timing {
    fileprivate var forwarders: TransmitPacket.Timing {
        switch self {
        case .immediately: .immediately
        case .counter(let counter): .counter(counter)
        }
    }
}
