/// Session keys by device and counter, in a fixed number of slots.
///
/// The device's index and the parity of the counter choose the slot, so that dense indices do not
/// meet and the two days around midnight stand side by side. Who comes later takes the slot.
struct HubbleSessionKeyCache: Sendable {
    private struct Slot: Sendable {
        let device: Int32
        let counter: TimeCounter
        let deviceKey: DeviceKey
        let keys: HubbleSessionKeys
    }

    private var slots: [Slot?]

    /// At least two slots; rounded up to a power of two.
    init(capacity: Int) {
        let bits = Int.bitWidth - (max(2, capacity) - 1).leadingZeroBitCount
        slots = Array(repeating: nil, count: 1 << bits)
    }

    func keys(for candidate: EphemeralIDCandidate) -> HubbleSessionKeys? {
        let place = place(of: candidate)
        return holds(candidate, at: place) ? slots[place]?.keys : nil
    }

    /// Whether the keys of `candidate` are remembered, and came from `deviceKey`.
    func remembers(_ candidate: EphemeralIDCandidate, from deviceKey: DeviceKey) -> Bool {
        let place = place(of: candidate)
        return holds(candidate, at: place) && slots[place]?.deviceKey == deviceKey
    }

    mutating func remember(
        _ keys: HubbleSessionKeys, of candidate: EphemeralIDCandidate, from deviceKey: DeviceKey
    ) {
        slots[place(of: candidate)] = Slot(
            device: candidate.deviceIndex, counter: candidate.counter, deviceKey: deviceKey, keys: keys)
    }

    private func holds(_ candidate: EphemeralIDCandidate, at place: Int) -> Bool {
        slots[place]?.device == candidate.deviceIndex && slots[place]?.counter == candidate.counter
    }

    private func place(of candidate: EphemeralIDCandidate) -> Int {
        let hash = UInt32(bitPattern: candidate.deviceIndex) << 1 | candidate.counter.rawValue & 1
        return Int(hash) & (slots.count - 1)
    }
}
