/// Session keys by device and counter, in a fixed number of slots.
///
/// The device's index and the parity of the counter choose the slot, so that dense indices do not
/// meet and the two days around midnight stand side by side. Who comes later takes the slot.
struct HubbleSessionKeyCache: Sendable {
    struct Remembered: Sendable {
        let deviceKey: DeviceKey
        let keys: HubbleSessionKeys
    }

    private struct Slot: Sendable {
        let device: Int32
        let counter: TimeCounter
        let remembered: Remembered
    }

    private var slots: [Slot?]

    /// At least two slots; rounded up to a power of two.
    init(capacity: Int) {
        let bits = Int.bitWidth - (max(2, capacity) - 1).leadingZeroBitCount
        slots = Array(repeating: nil, count: 1 << bits)
    }

    subscript(candidate: EphemeralIDCandidate) -> Remembered? {
        get {
            guard let slot = slots[place(of: candidate)], slot.device == candidate.deviceIndex,
                slot.counter == candidate.counter
            else { return nil }
            return slot.remembered
        }
        set {
            slots[place(of: candidate)] = newValue.map {
                Slot(device: candidate.deviceIndex, counter: candidate.counter, remembered: $0)
            }
        }
    }

    private func place(of candidate: EphemeralIDCandidate) -> Int {
        let hash = UInt32(bitPattern: candidate.deviceIndex) << 1 | candidate.counter.rawValue & 1
        return Int(hash) & (slots.count - 1)
    }
}
