/// Session keys by device and counter, in a limited number of slots of 128 bytes.
///
/// The device's index and the parity of the counter choose the slot, so that dense indices do not
/// meet and the two days around midnight stand side by side. There are as many slots as the highest
/// index heard so far needs; beyond the limit devices share them, and who comes later takes the slot.
struct HubbleSessionKeyCache: Sendable {
    private struct Slot: Sendable {
        let device: Int32
        let counter: TimeCounter
        let deviceKey: DeviceKey
        let keys: HubbleSessionKeys
    }

    private let limit: Int
    private var slots: [Slot?]

    /// At least two slots; rounded up to a power of two.
    init(limit: Int) {
        let bits = Int.bitWidth - (max(2, limit) - 1).leadingZeroBitCount
        self.limit = 1 << bits
        slots = [nil, nil]
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
        while slots.count < limit, Self.hash(candidate) >= slots.count {
            slots.append(contentsOf: repeatElement(nil, count: slots.count))
        }
        slots[place(of: candidate)] = Slot(
            device: candidate.deviceIndex, counter: candidate.counter, deviceKey: deviceKey, keys: keys)
    }

    private func holds(_ candidate: EphemeralIDCandidate, at place: Int) -> Bool {
        slots[place]?.device == candidate.deviceIndex && slots[place]?.counter == candidate.counter
    }

    /// The number of slots is a power of two.
    private func place(of candidate: EphemeralIDCandidate) -> Int {
        Self.hash(candidate) & (slots.count - 1)
    }

    private static func hash(_ candidate: EphemeralIDCandidate) -> Int {
        Int(UInt32(bitPattern: candidate.deviceIndex)) << 1 | Int(candidate.counter.rawValue & 1)
    }
}
