import EdgeModel
import EdgeStore

/// The strangers heard lately: a frame that no key opens is written once, its repeats are counted
/// here and written now and then, and a flood of new ones is cut off.
struct StrangerLog {
    /// New frames kept in one second, on average and at once.
    static let rate = 1_000.0
    static let burst = 20_000.0
    static let capacity = 16_384

    private var repeats: [[UInt8]: RawFrame] = [:]
    private var known: Set<[UInt8]> = []
    private var allowance = burst
    private var refilledAt: MonotonicInstant?

    enum Verdict {
        case write
        case counted
        case dropped
    }

    /// What to do about this frame; without a time, it is not measured against the rate.
    mutating func note(_ frame: RawFrame, at now: MonotonicInstant?) -> Verdict {
        let bytes = frame.sighting.frame.bytes
        if known.contains(bytes) {
            if var counted = repeats[bytes] {
                counted.count += frame.count
                counted.sighting.receivedAt = frame.sighting.receivedAt
                repeats[bytes] = counted
            } else {
                repeats[bytes] = frame
            }
            return .counted
        }
        if let now {
            refill(at: now)
            guard allowance >= 1 else { return .dropped }
            allowance -= 1
        }
        // Forgetting which are known costs a write that counts, nothing else.
        if known.count >= Self.capacity { known = [] }
        known.insert(bytes)
        return .write
    }

    /// The counts that the database does not have yet.
    mutating func takeCounts() -> [RawFrame] {
        defer { repeats = [:] }
        return Array(repeats.values)
    }

    /// There is so much to count that it should be written.
    var isFull: Bool { repeats.count >= Self.capacity }

    private mutating func refill(at now: MonotonicInstant) {
        if let before = refilledAt {
            let seconds = Double(now.since(before).microseconds) / 1_000_000
            allowance = min(Self.burst, allowance + seconds * Self.rate)
        }
        refilledAt = now
    }
}

extension Sighting.Frame {
    var bytes: [UInt8] {
        switch self {
        case .hubble(let serviceData): serviceData
        case .lorawan(let phyPayload, _): phyPayload
        }
    }
}
