package import LoRaWAN

/// All sessions, found by DevAddr: the cost of a frame does not grow with the number of devices,
/// only with how many share its address.
///
/// `Device` is the owner's reference to a device, small and cheap to copy. Each has one session.
package struct SessionTable<Device: Hashable & Sendable>: Sendable {
    private var sessions: [Device: UplinkSession] = [:]
    private var devices: [DevAddr: [Device]] = [:]

    /// What became of a frame.
    package enum Reception: Sendable {
        /// This device has sent it. The outcome is never `micMismatch`.
        case authenticated(Device, UplinkOutcome)
        /// Nobody here has the address: a stranger, or a device not yet registered.
        case unknownAddress
        /// The address is known, but none of its keys fits.
        case micMismatch
        /// Not a data uplink.
        case notUplink
    }

    package init() {}

    package var count: Int { sessions.count }

    /// The device's session, to be stored after a frame was accepted.
    package subscript(device device: Device) -> UplinkSession? { sessions[device] }

    /// Replaces whatever session the device had.
    package mutating func insert(_ session: UplinkSession, for device: Device) {
        remove(device)
        sessions[device] = session
        devices[session.devAddr, default: []].append(device)
    }

    package mutating func remove(_ device: Device) {
        guard let session = sessions.removeValue(forKey: device) else { return }
        devices[session.devAddr]?.removeAll { $0 == device }
        if devices[session.devAddr]?.isEmpty == true { devices[session.devAddr] = nil }
    }

    /// Tries the session of each device that has the address, the one inserted first first.
    package mutating func receive(_ frame: DataFrame, radio: UplinkRadio? = nil) -> Reception {
        guard frame.direction == .up else { return .notUplink }
        guard let candidates = devices[frame.devAddr] else { return .unknownAddress }
        for device in candidates {
            guard let outcome = sessions[device]?.receive(frame, radio: radio), outcome != .micMismatch
            else { continue }
            return .authenticated(device, outcome)
        }
        return .micMismatch
    }
}
