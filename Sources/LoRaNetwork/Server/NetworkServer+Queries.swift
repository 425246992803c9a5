import LoRaWAN

extension NetworkServer {
    /// Bytes of application payload that fit into the next frame for the device, without MAC commands
    /// beside it: into the roomier of the two windows behind an uplink at its data rate, or, for class C,
    /// into the one that is always open. Before anything was heard of the device, the most that its
    /// settings allow. Nil for a device that nobody knows.
    package func payloadLimit(of device: Device) -> Int? {
        guard let place = places[device], let state = devices[place] else { return nil }
        guard let session = state.sessions.first else { return state.settings.roomiestPayload }
        let radio = session.radio
        if radio.deviceClass == .c, session.isHeard { return radio.rx2Payload(state.settings.revision) }
        // A device that was personalised says its data rate with its first uplink, one that joins with
        // its request.
        if session.id == .personalized, session.uplink.lastCounter == nil {
            return state.settings.roomiestPayload
        }
        return max(
            radio.rx1Payload(radio.dataRate, state.settings.revision) ?? 0,
            radio.rx2Payload(state.settings.revision))
    }
}

extension DeviceSettings {
    /// The longest application payload that a device with these settings can get behind any uplink.
    var roomiestPayload: Int {
        let radio = RadioState(personalized: self)
        let first = region.parameters.uplinkDataRates.compactMap { radio.rx1Payload($0, revision) }
        return max(first.max() ?? 0, radio.rx2Payload(revision))
    }
}

extension RadioState {
    /// Nil when there is no such window behind an uplink at this data rate.
    fileprivate func rx1Payload(_ uplink: UInt8, _ revision: RegionalRevision) -> Int? {
        region.parameters.rx1DataRate(
            uplink: uplink, offset: rx1Offset, limitsDwell: limitsDownlinkDwell, revision: revision
        ).map {
            region.parameters.maximumPayload(
                dataRate: $0, revision: revision, limitsDwell: limitsDownlinkDwell)
        }
    }

    fileprivate func rx2Payload(_ revision: RegionalRevision) -> Int {
        region.parameters.maximumPayload(
            dataRate: rx2DataRate, revision: revision, limitsDwell: limitsDownlinkDwell)
    }

    /// Hertz, of the channels that are on.
    package var enabledFrequencies: [UInt32] {
        let all = region.parameters.isFixedPlan ? region.parameters.defaultChannels : channels
        return all.enumerated().filter { mask[$0.offset] && $0.element.frequency > 0 }
            .map(\.element.frequency)
    }
}
