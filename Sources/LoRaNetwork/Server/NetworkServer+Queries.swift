import LoRaWAN

extension NetworkServer {
    /// Bytes of application payload that fit into the roomier of the two windows behind an uplink at
    /// the device's data rate, without MAC commands beside it; nil when the device has no session.
    package func payloadLimit(of device: Device) -> Int? {
        nil
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
