/// Session keys by device and counter, in a limited number of slots of 128 bytes.
///
/// The device's index and the parity of the counter choose the slot, so that dense indices do not
/// meet and the two days around midnight stand side by side. Slots come in pages, each made when the first
/// device of it is heard; beyond the limit devices share them, and who comes later takes the slot.
struct HubbleSessionKeyCache: Sendable {
    private struct Slot: Sendable {
        let device: Int32
        let counter: TimeCounter
        let deviceKey: DeviceKey
        let keys: HubbleSessionKeys
    }

    private let limit: Int
    private let pageLength: Int
    /// As many as the highest index heard so far needs; empty where nobody was heard.
    private var pages: [[Slot?]] = []

    /// At least two slots; rounded up to a power of two.
    init(limit: Int) {
        let bits = Int.bitWidth - (max(2, limit) - 1).leadingZeroBitCount
        self.limit = 1 << bits
        pageLength = min(64, 1 << bits)
    }

    func keys(for candidate: EphemeralIDCandidate) -> HubbleSessionKeys? { slot(of: candidate)?.keys }

    /// Whether the keys of `candidate` are remembered, and came from `deviceKey`.
    func remembers(_ candidate: EphemeralIDCandidate, from deviceKey: DeviceKey) -> Bool {
        slot(of: candidate)?.deviceKey == deviceKey
    }

    mutating func remember(
        _ keys: HubbleSessionKeys, of candidate: EphemeralIDCandidate, from deviceKey: DeviceKey
    ) {
        let (page, place) = place(of: candidate)
        while pages.count <= page { pages.append([]) }
        if pages[page].isEmpty { pages[page] = Array(repeating: nil, count: pageLength) }
        pages[page][place] = Slot(
            device: candidate.deviceIndex, counter: candidate.counter, deviceKey: deviceKey, keys: keys)
    }

    private func slot(of candidate: EphemeralIDCandidate) -> Slot? {
        let (page, place) = place(of: candidate)
        guard page < pages.count, !pages[page].isEmpty, let slot = pages[page][place],
            slot.device == candidate.deviceIndex, slot.counter == candidate.counter
        else { return nil }
        return slot
    }

    private func place(of candidate: EphemeralIDCandidate) -> (page: Int, place: Int) {
        let slot = Self.hash(candidate) & (limit - 1)
        return (slot / pageLength, slot % pageLength)
    }

    private static func hash(_ candidate: EphemeralIDCandidate) -> Int {
        Int(UInt32(bitPattern: candidate.deviceIndex)) << 1 | Int(candidate.counter.rawValue & 1)
    }
}
