import LoRaWAN

extension NetworkServer {
    /// Bytes of application payload that fit into the roomier of the two windows behind an uplink at
    /// the device's data rate, without MAC commands beside it; nil when the device has no session.
    package func payloadLimit(of device: Device) -> Int? {
        guard let place = places[device], let state = devices[place], let session = state.sessions.first
        else {
            return nil
        }
        let radio = session.radio
        let parameters = radio.region.parameters
        let rx1 = parameters.rx1DataRate(
            uplink: radio.dataRate, offset: radio.rx1Offset, limitsDwell: radio.limitsDownlinkDwell)
        return [rx1, radio.rx2DataRate].compactMap { $0 }.map {
            parameters.maximumPayload(
                dataRate: $0, revision: state.settings.revision, limitsDwell: radio.limitsDownlinkDwell)
        }.max()
    }
}

extension RadioState {
    /// Hertz, of the channels that are on.
    package var enabledFrequencies: [UInt32] {
        let all = region.parameters.isFixedPlan ? region.parameters.defaultChannels : channels
        return all.enumerated().filter { mask[$0.offset] && $0.element.frequency > 0 }
            .map(\.element.frequency)
    }
}
