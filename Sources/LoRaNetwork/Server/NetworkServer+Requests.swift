package import LoRaWAN

// What an operator asks of a device.
extension NetworkServer {
    /// Why a device cannot be asked for this; nil when `.request` will be taken.
    package func refusal(of command: DownlinkCommand, to device: Device) -> RequestRefusal? {
        guard let place = places[device], let state = devices[place], let session = state.sessions.first
        else { return .notActivated }
        guard state.rare.requests.count < DeviceState.maximumRequests || state.rare.requests.contains(command)
        else { return .tooMany(limit: DeviceState.maximumRequests) }
        switch command {
        case .forceRejoinReq: return session.uplink.keys.version == .v11 ? nil : .otherVersion
        case .dlChannelReq(let index, let frequency):
            let parameters = session.radio.region.parameters
            guard !parameters.isFixedPlan else { return .fixedPlan }
            guard session.radio.knownChannels[Int(index)] else { return .noChannel }
            return parameters.band.contains(frequency) ? nil : .outOfBand(parameters.band)
        default: return nil
        }
    }

    /// What an operator has asked for and no frame has taken along yet.
    package func requests(of device: Device) -> [DownlinkCommand] {
        places[device].flatMap { devices[$0]?.rare.requests } ?? []
    }
}

package enum RequestRefusal: Hashable, Sendable {
    /// The device has no session, or is unknown.
    case notActivated
    case tooMany(limit: Int)
    /// The command is of LoRaWAN 1.1, the session is not.
    case otherVersion
    /// In this region the downlink channels are fixed.
    case fixedPlan
    /// The device has no such channel.
    case noChannel
    /// Hertz that the region has.
    case outOfBand(ClosedRange<UInt32>)
}
