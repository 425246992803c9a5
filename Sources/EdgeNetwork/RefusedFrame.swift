package import EdgeModel
package import EdgeStore
import LoRaNetwork

/// An uplink with the address of a device here that was not taken: a line of the frame log.
package struct RefusedFrame: Sendable {
    /// Nil where several devices have its address.
    package var device: DeviceHandle?
    package var refusal: UplinkRefusal
    /// The whole `PHYPayload`.
    package var bytes: [UInt8]
    package var gateway: GatewayID
    package var receivedAt: ClockReading
    package var rssi: Double?
    package var radio: LoRaReception

    /// Nil for what is no LoRaWAN frame.
    package init?(_ refusal: UplinkRefusal, of device: DeviceHandle?, _ sighting: Sighting) {
        guard case .lorawan(let bytes, let radio) = sighting.frame else { return nil }
        self.device = device
        self.refusal = refusal
        self.bytes = bytes
        self.radio = radio
        gateway = sighting.gateway
        receivedAt = sighting.receivedAt
        rssi = sighting.rssi.map { Double($0.dBm) }
    }
}

/// Why an uplink was not taken.
package enum UplinkRefusal: Hashable, Sendable {
    /// No key of its address fits.
    case micMismatch
    /// Authentic, with a counter that was passed.
    case counterPassed(UInt32)
    /// Authentic, but too far ahead.
    case gapTooLarge(UInt32)
    /// MAC commands both in FOpts and on FPort 0.
    case commandsTwice

    /// FCntUp, where the MIC vouches for it.
    var counter: UInt32? {
        switch self {
        case .counterPassed(let counter), .gapTooLarge(let counter): counter
        case .micMismatch, .commandsTwice: nil
        }
    }

    var text: String {
        switch self {
        case .micMismatch: "the MIC fits none of the keys of its DevAddr"
        case .counterPassed(let counter): "its counter \(counter) was passed before"
        case .gapTooLarge(let counter):
            "its counter \(counter) is further ahead than LoRaWAN \(LoRaWANVersion.v103.description) allows"
        case .commandsTwice: "it has MAC commands both in FOpts and on FPort 0"
        }
    }
}
