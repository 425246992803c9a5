/// Opens service data: finds candidates by EID and lets the tag decide.
///
/// A value with no clock and no I/O. It remembers the session keys of version 0 devices, up to a
/// limit. A device whose key changed is opened with its new key once the table has been told.
package struct HubbleOpener: Sendable {
    /// Candidates tried for one packet. Of honest devices two hardly ever share an EID; a key that
    /// was registered many times would otherwise make one packet arbitrarily costly.
    package static let candidateLimit = 32

    private var sessionKeys: HubbleSessionKeyCache

    /// `rememberedKeys` is the most session keys kept. Best is twice the number of devices, with
    /// indices that begin at 0: two days a device. Each takes 128 bytes once its device is heard.
    package init(rememberedKeys: Int = 262_144) {
        sessionKeys = HubbleSessionKeyCache(limit: rememberedKeys)
    }

    /// `key` gives a device's current key by its index in `table`; nil when it is gone.
    package mutating func open(
        _ serviceData: [UInt8], in table: EphemeralIDTable, key: (Int32) -> DeviceKey?
    ) -> HubbleOutcome {
        do throws(HubbleServiceDataError) {
            switch try HubbleServiceData(serviceData) {
            case .counterMode(let packet): return open(packet, in: table, key: key)
            case .unencrypted(let packet): return .unencrypted(packet)
            case .eax(let packet): return open(packet, in: table, key: key)
            case .unknown(let version): return .unknownVersion(version)
            }
        } catch {
            return .malformed(error)
        }
    }

    private mutating func open(
        _ packet: CounterModePacket, in table: EphemeralIDTable, key: (Int32) -> DeviceKey?
    ) -> HubbleOutcome {
        Self.firstThatOpens(packet.eid, in: table) { candidate in
            OpenedPacket(
                candidate: candidate, number: .sequence(packet.sequenceNumber),
                payload: payload(of: packet, candidate: candidate, key: key), tag: packet.tag)
        }
    }

    /// Tries the remembered session keys first. When they fail, the device's key may have changed.
    private mutating func payload(
        of packet: CounterModePacket, candidate: EphemeralIDCandidate, key: (Int32) -> DeviceKey?
    ) -> [UInt8]? {
        if let keys = sessionKeys.keys(for: candidate), let payload = packet.payload(with: keys) {
            return payload
        }
        guard let key = key(candidate.deviceIndex), !sessionKeys.remembers(candidate, from: key) else {
            return nil
        }
        let keys = HubbleSessionKeys(key, at: candidate.counter)
        sessionKeys.remember(keys, of: candidate, from: key)
        return packet.payload(with: keys)
    }

    private func open(
        _ packet: EAXPacket, in table: EphemeralIDTable, key: (Int32) -> DeviceKey?
    ) -> HubbleOutcome {
        Self.firstThatOpens(packet.eid, in: table) { candidate in
            OpenedPacket(
                candidate: candidate, number: .salt(packet.salt),
                payload: key(candidate.deviceIndex)
                    .flatMap { packet.payload(with: $0, at: candidate.counter) },
                tag: packet.tag)
        }
    }

    private static func firstThatOpens(
        _ eid: EphemeralID, in table: EphemeralIDTable,
        attempt: (EphemeralIDCandidate) -> OpenedPacket?
    ) -> HubbleOutcome {
        var opened: OpenedPacket?
        var refused: [EphemeralIDCandidate] = []
        _ = table.search(eid) { candidate in
            opened = attempt(candidate)
            if opened == nil { refused.append(candidate) }
            return opened != nil || refused.count == candidateLimit
        }
        if let opened { return .opened(opened) }
        return refused.isEmpty ? .noKey(eid) : .tagMismatch(refused)
    }
}
