package import EdgeModel
package import EdgeStore
import LoRaNetwork
import LoRaWAN

/// What operators ask of devices.
extension NetworkService {
    /// It goes with the next frame to the device. Throws `conflict` for a device without a session and
    /// when too much waits, `invalid` for what the device cannot do.
    package func request(_ request: DeviceRequest, of device: DeviceHandle) async throws {
        try await learn(devices: [device])
        let command = DownlinkCommand(request)
        if let refusal = server.refusal(of: command, to: device) { throw EdgeError(refusal) }
        handle(.request(device, command), at: clock.now())
        // Class C: it may go at once.
        link.wake()
    }

    package func requests(of device: DeviceHandle) async throws -> DeviceRequests {
        try await learn(devices: [device])
        return DeviceRequests(
            waiting: server.requests(of: device).map(\.description),
            unanswered: server.sessions(of: device).first?.pending.map(\.description) ?? [])
    }
}

extension DownlinkCommand {
    fileprivate init(_ request: DeviceRequest) {
        self =
            switch request {
            case .status: .devStatusReq
            case .rejoin(let rejoin):
                .forceRejoinReq(
                    .init(
                        period: UInt8(clamping: rejoin.period),
                        maximumRetries: UInt8(clamping: rejoin.retries),
                        type: UInt8(clamping: rejoin.type), dataRate: UInt8(clamping: rejoin.dataRate)))
            case .downlinkChannel(let index, let frequency):
                .dlChannelReq(index: UInt8(clamping: index), frequency: frequency)
            }
    }
}

extension EdgeError {
    fileprivate init(_ refusal: RequestRefusal) {
        self =
            switch refusal {
            case .notActivated: EdgeError(.conflict, "The device has no session")
            case .tooMany(let limit): EdgeError(.conflict, "\(limit) commands wait for this device already")
            case .otherVersion: .invalid("command: the device's session is not LoRaWAN 1.1")
            case .fixedPlan: .invalid("command: the region's downlink channels are fixed")
            case .noChannel: .invalid("channel: the device has no such channel")
            case .outOfBand(let band):
                .invalid("frequency must be from \(band.lowerBound) to \(band.upperBound) in its region")
            }
    }
}
