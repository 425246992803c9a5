package import EdgeModel
package import EdgeStore
package import LoRaNetwork
package import LoRaWAN

/// One reception of a frame that concerns the network server, as the pipeline hands it over: data
/// frames verified, opened and recorded; join and rejoin requests as they came.
package struct HeardFrame: Sendable {
    package var content: Content
    /// The whole `PHYPayload`.
    package var bytes: [UInt8]
    package var gateway: EUI64
    package var receivedAt: ClockReading
    package var rssi: Double?
    package var radio: LoRaReception

    package enum Content: Sendable {
        /// A frame of this session, and the session after it.
        case uplink(DeviceHandle, SessionID, OpenedUplink, UplinkSession, isRepetition: Bool)
        case joinRequest(DeviceHandle, JoinRequest)
        case rejoinRequest(DeviceHandle, RejoinRequest)
    }

    package var device: DeviceHandle {
        switch content {
        case .uplink(let device, _, _, _, _), .joinRequest(let device, _), .rejoinRequest(let device, _):
            device
        }
    }

    /// Nil for what no packet forwarder of ours heard: nothing can be sent to its gateway.
    package init?(_ content: Content, of sighting: Sighting) {
        guard case .lorawan(let bytes, let radio) = sighting.frame,
            let gateway = sighting.gateway.forwarder
        else { return nil }
        self.content = content
        self.bytes = bytes
        self.gateway = gateway
        self.radio = radio
        receivedAt = sighting.receivedAt
        rssi = sighting.rssi.map { Double($0.dBm) }
    }
}

/// What changes about the sessions that open uplinks.
package enum SessionChange: Sendable {
    case install(DeviceHandle, SessionID, UplinkSession)
    case retire(DeviceHandle, SessionID)
}
