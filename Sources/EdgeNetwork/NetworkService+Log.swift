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
            device: known[heard.device]?.id, kind: .uplink, at: heard.receivedAt,
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
        case .joinRequest(_, let request):
            line.kind = .joinRequest
            line.note = "DevNonce \(request.devNonce), JoinEUI \(request.joinEUI)"
        case .rejoinRequest(_, let request):
            line.kind = .rejoinRequest
            line.note = "type \(request.kind.rawValue), count \(request.counter)"
        }
        append(line, of: heard.device)
    }

    private func append(_ line: LoggedFrame, of device: DeviceHandle) {
        guard changes.frames.count < NetworkChanges.lineLimit else { return metrics.droppedLines.increment() }
        changes.frames.append((device, line))
    }

    func log(
        _ transmission: Transmission, to device: DeviceHandle, commands: [String], at now: ClockReading
    ) {
        var line = LoggedFrame(
            device: known[device]?.id, kind: .downlink, at: now,
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
        var line = LoggedFrame(device: known[device]?.id, kind: .event, at: now, note: text)
        line.gateway = note.gateway.map { GatewayID(forwarder: EUI64(rawValue: $0.rawValue)) }
        append(line, of: device)
    }
}
