import EdgeModel
import EdgeStore

/// How many lines of the frame log anybody with a transmitter may cause: so many for each device, and
/// for all together. What is beyond is counted.
struct LineAllowance: Sendable {
    struct Rate: Sendable {
        /// Lines at once after a pause.
        var burst: Double
        /// Lines a second that go on for ever.
        var sustained: Double
    }

    private struct Bucket: Sendable {
        var left: Double
        var filledAt: MonotonicInstant
        var withheld = 0
    }

    /// Devices that are counted by themselves.
    static let capacity = 4_096

    private let each: Rate
    private let all: Rate
    private var buckets: [DeviceHandle?: Bucket] = [:]
    private var total: Bucket?
    private(set) var withheld: UInt64 = 0

    init(each: Rate, all: Rate) {
        self.each = each
        self.all = all
    }

    /// How many lines of the device were withheld since the last one; nil when this one is too.
    mutating func admit(_ device: DeviceHandle?, at now: MonotonicInstant) -> Int? {
        let key = place(of: device, at: now)
        var bucket = filled(buckets[key], each, at: now)
        var shared = filled(total, all, at: now)
        defer { (buckets[key], total) = (bucket, shared) }
        guard bucket.left >= 1, shared.left >= 1 else {
            bucket.withheld += 1
            withheld += 1
            return nil
        }
        bucket.left -= 1
        shared.left -= 1
        defer { bucket.withheld = 0 }
        return bucket.withheld
    }

    /// Those beyond the capacity share the place of the frames that are nobody's.
    private mutating func place(of device: DeviceHandle?, at now: MonotonicInstant) -> DeviceHandle? {
        guard buckets[device] == nil, buckets.count >= Self.capacity else { return device }
        buckets = buckets.filter { filled($0.value, each, at: now).left < each.burst }
        return buckets.count >= Self.capacity ? nil : device
    }

    private func filled(_ bucket: Bucket?, _ rate: Rate, at now: MonotonicInstant) -> Bucket {
        guard var bucket else { return Bucket(left: rate.burst, filledAt: now) }
        bucket.left = min(rate.burst, bucket.left + now.since(bucket.filledAt) / .seconds(1) * rate.sustained)
        bucket.filledAt = now
        return bucket
    }
}
