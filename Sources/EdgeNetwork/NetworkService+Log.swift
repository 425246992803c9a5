import CoreMetrics
import EdgeModel
import EdgeStore
import LoRaNetwork
import LoRaWAN

/// The frame log: what was heard, sent, refused.
extension NetworkService {
    /// The first reception of a data frame, and each of a request to join.
    func log(_ heard: HeardFrame) {
        var line = LoggedFrame(
            kind: .uplink, at: heard.receivedAt,
            gateway: GatewayID(forwarder: heard.gateway),
            radio: LoggedFrame.Radio(
                frequency: heard.radio.frequency, dataRate: heard.radio.dataRate, rssi: heard.rssi,
                snr: heard.radio.snr), frame: heard.bytes)
        switch heard.content {
        case .uplink(_, _, let uplink, _, let isRepetition):
            guard !isRepetition else { return }
            line.frameCounter = uplink.counter.rawValue
            line.fPort = uplink.fPort
            line.commands = uplink.commands.map { UplinkCommand($0).description }
            if !uplink.unreadCommands.isEmpty {
                line.note = "not understood of its MAC commands: \(Self.text(uplink.unreadCommands))"
            }
        case .joinRequest(_, let request):
            line.kind = .joinRequest
            line.note = "DevNonce \(request.devNonce), JoinEUI \(request.joinEUI)"
            let expected = registeredJoinEUIs[heard.device]
            if let expected, expected.rawValue != request.joinEUI.rawValue {
                line.note? += "; registered is \(expected)"
            }
        case .rejoinRequest(_, let request):
            line.kind = .rejoinRequest
            line.note = "type \(request.kind.rawValue), count \(request.counter)"
        }
        if line.kind != .uplink {
            // Whoever has read a DevEUI can send these.
            guard let before = requestLines.admit(heard.device, at: heard.receivedAt.monotonic) else {
                return metrics.droppedLines.increment()
            }
            line.note? += Self.text(withheld: before)
        }
        append(line, of: heard.device)
    }

    func log(_ refused: RefusedFrame, withheldBefore: Int) {
        append(
            LoggedFrame(
                kind: .refused, at: refused.receivedAt,
                gateway: refused.gateway,
                radio: LoggedFrame.Radio(
                    frequency: refused.radio.frequency, dataRate: refused.radio.dataRate, rssi: refused.rssi,
                    snr: refused.radio.snr), frame: refused.bytes, frameCounter: refused.refusal.counter,
                note: refused.refusal.text + Self.text(withheld: withheldBefore)), of: refused.device)
    }

    private static func text(withheld: Int) -> String {
        withheld == 0 ? "" : " (\(withheld) before it were not logged)"
    }

    /// In hexadecimal, as much as fits into a line.
    private static func text(_ bytes: [UInt8]) -> String {
        let digits = bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return bytes.count > 16 ? digits + "…" : digits
    }

    private func append(_ line: LoggedFrame, of device: DeviceHandle?) {
        guard changes.frames.count < NetworkChanges.lineLimit else { return metrics.droppedLines.increment() }
        changes.frames.append((device, line))
    }

    func log(
        _ transmission: Transmission, to device: DeviceHandle, commands: [String], at now: ClockReading
    ) {
        var line = LoggedFrame(
            kind: .downlink, at: now,
            gateway: GatewayID(forwarder: EUI64(rawValue: transmission.gateway.rawValue)),
            radio: LoggedFrame.Radio(
                frequency: transmission.frequency, dataRate: transmission.dataRate,
                power: Int(transmission.power.rounded(.down))), frame: transmission.phyPayload,
            frameCounter: transmission.counter, commands: commands, note: transmission.window.text)
        switch try? PHYPayload(decoding: transmission.phyPayload) {
        case .joinAccept: line.kind = .joinAccept
        case .data(let frame):
            line.fPort = frame.fPort
            if frame.control.ack { line.note = "\(transmission.window.text), acknowledges" }
        default: break
        }
        append(line, of: device)
    }

    /// Lines of their own for what is not said by a frame's line.
    func log(_ note: NetworkNote, of device: DeviceHandle, at now: ClockReading) {
        guard let text = note.text else { return }
        var line = LoggedFrame(kind: .event, at: now, note: text)
        line.gateway = note.gateway.map { GatewayID(forwarder: EUI64(rawValue: $0.rawValue)) }
        append(line, of: device)
    }
}
