package import LoRaWAN

/// All sessions, found by DevAddr: the cost of a frame does not grow with the number of devices,
/// only with how many sessions share its address.
///
/// `Device` is the owner's reference to a device, small and cheap to copy. Each has any number of
/// sessions; after a join two are valid, until the first uplink of the new one.
package struct SessionTable<Device: Hashable & Sendable>: Sendable {
    /// Sessions in one array, linked by device and by address: no allocation for each of them.
    private var entries: [Entry?] = []
    private var free: [Int32] = []
    private var firstByDevice: [Device: Int32] = [:]
    private var firstByAddress: [DevAddr: Int32] = [:]
    package private(set) var count = 0

    private struct Entry: Sendable {
        var device: Device
        var id: SessionID
        var session: UplinkSession
        /// The next session of the device, of the address; -1 ends the list.
        var nextOfDevice: Int32
        var nextOfAddress: Int32
    }

    /// What became of a frame.
    package enum Reception: Sendable {
        /// This device has sent it, in this session. The outcome is never `micMismatch`.
        case authenticated(Device, SessionID, UplinkOutcome)
        /// Nobody here has the address: a stranger, or a device not yet registered.
        case unknownAddress
        /// The address is known, but none of its keys fits.
        case micMismatch
        /// Not a data uplink.
        case notUplink
    }

    package init() {}

    /// A session of the device: the only one, or the one installed last.
    package subscript(device device: Device) -> UplinkSession? {
        place(of: device) { _ in true }.flatMap { entries[Int($0)]?.session }
    }

    /// The session, to be stored after a frame was accepted.
    package subscript(device device: Device, session id: SessionID) -> UplinkSession? {
        place(of: device) { $0 == id }.flatMap { entries[Int($0)]?.session }
    }

    /// Replaces whatever sessions the device had.
    package mutating func insert(_ session: UplinkSession, for device: Device) {
        remove(device)
        install(session, id: .personalized, for: device)
    }

    /// Adds a session beside the device's others, or takes over what has changed in it: the counter of
    /// the last uplink then stays as it is here, because frames may have come since.
    package mutating func install(_ session: UplinkSession, id: SessionID, for device: Device) {
        var session = session
        if let known = self[device: device, session: id] {
            if known.devAddr == session.devAddr, known.keys == session.keys {
                session.lastCounter = known.lastCounter
                session.lastMark = known.lastMark
            }
            retire(id, of: device)
        }
        let place = free.popLast() ?? Int32(truncatingIfNeeded: entries.count)
        let entry = Entry(
            device: device, id: id, session: session, nextOfDevice: firstByDevice[device] ?? -1,
            nextOfAddress: firstByAddress[session.devAddr] ?? -1)
        if Int(place) == entries.count { entries.appendInSteps(entry) } else { entries[Int(place)] = entry }
        firstByDevice[device] = place
        firstByAddress[session.devAddr] = place
        count += 1
    }

    /// The sessions of the device, the one installed last first.
    package func ids(of device: Device) -> [SessionID] {
        var ids: [SessionID] = []
        var place = firstByDevice[device] ?? -1
        while place >= 0, let entry = entries[Int(place)] {
            ids.append(entry.id)
            place = entry.nextOfDevice
        }
        return ids
    }

    /// The device that has this address; nil when nobody here has it, or several do.
    package func soleDevice(at address: DevAddr) -> Device? {
        guard let first = firstByAddress[address], let device = entries[Int(first)]?.device else {
            return nil
        }
        var place = first
        while place >= 0, let entry = entries[Int(place)] {
            guard entry.device == device else { return nil }
            place = entry.nextOfAddress
        }
        return device
    }

    /// Whether a session has this address.
    package func knows(_ address: DevAddr) -> Bool { firstByAddress[address] != nil }

    /// Ends one session of the device.
    package mutating func retire(_ id: SessionID, of device: Device) {
        guard let place = place(of: device, where: { $0 == id }), let entry = entries[Int(place)] else {
            return
        }
        Self.unlink(place, &entries, from: &firstByDevice, at: device, \.nextOfDevice)
        Self.unlink(place, &entries, from: &firstByAddress, at: entry.session.devAddr, \.nextOfAddress)
        entries[Int(place)] = nil
        free.append(place)
        count -= 1
    }

    /// Ends all of them.
    package mutating func remove(_ device: Device) {
        while let place = firstByDevice[device], let entry = entries[Int(place)] {
            retire(entry.id, of: device)
        }
    }

    /// Finds the session that the frame belongs to among all that have its address.
    ///
    /// The likeliest are tried first: those whose counter the frame follows closely. Only when no
    /// session takes it as its next frame are old counters tried.
    package mutating func receive(_ frame: DataFrame, radio: UplinkRadio? = nil) -> Reception {
        guard frame.direction == .up else { return .notUplink }
        guard let first = firstByAddress[frame.devAddr] else { return .unknownAddress }
        for attempt in Attempt.allCases {
            var place = first
            while place >= 0, let entry = entries[Int(place)] {
                if entry.session.isWorth(attempt, frame),
                    let outcome = entries[Int(place)]?.session.receive(frame, radio: radio, attempt)
                {
                    return .authenticated(entry.device, entry.id, outcome)
                }
                place = entry.nextOfAddress
            }
        }
        return .micMismatch
    }

    private func place(of device: Device, where matches: (SessionID) -> Bool) -> Int32? {
        var place = firstByDevice[device] ?? -1
        while place >= 0, let entry = entries[Int(place)] {
            if matches(entry.id) { return place }
            place = entry.nextOfDevice
        }
        return nil
    }

    private static func unlink<Key: Hashable>(
        _ place: Int32, _ entries: inout [Entry?], from heads: inout [Key: Int32], at key: Key,
        _ next: WritableKeyPath<Entry, Int32>
    ) {
        guard let entry = entries[Int(place)], var before = heads[key] else { return }
        let after = entry[keyPath: next]
        guard before != place else {
            heads[key] = after < 0 ? nil : after
            return
        }
        while let candidate = entries[Int(before)]?[keyPath: next], candidate != place { before = candidate }
        entries[Int(before)]?[keyPath: next] = after
    }
}
