import EdgeModel
import NIOCore

/// A token bucket for each source address, in bounded memory.
///
/// An IPv6 source is its /64, which one sender commands as a whole. When the table is full, idle
/// sources give way; when none is idle, newcomers share one bucket.
struct SourceLimiter {
    private struct Bucket {
        var tokens: Double
        var updated: MonotonicInstant
    }

    private let rate: Double
    private let burst: Double
    private let capacity: Int
    private var buckets: [UInt64: Bucket] = [:]
    private var shared: Bucket?
    private var lastSweep = MonotonicInstant(nanoseconds: 0)

    init(_ limits: ForwarderOptions.Limits) {
        rate = Double(max(1, limits.datagramsPerSecond))
        burst = Double(max(1, limits.burst))
        capacity = max(1, limits.sources)
    }

    /// Whether one more datagram may be taken from this address now.
    mutating func admit(_ source: SocketAddress, at now: MonotonicInstant) -> Bool {
        let key = Self.key(of: source)
        if buckets[key] == nil, buckets.count >= capacity { sweep(at: now) }
        if buckets[key] == nil, buckets.count >= capacity { return take(from: &shared, at: now) }
        return take(from: &buckets[key], at: now)
    }

    private func take(from bucket: inout Bucket?, at now: MonotonicInstant) -> Bool {
        var tokens = burst
        if let bucket { tokens = refilled(bucket, at: now) }
        let isAdmitted = tokens >= 1
        bucket = Bucket(tokens: isAdmitted ? tokens - 1 : tokens, updated: now)
        return isAdmitted
    }

    private func refilled(_ bucket: Bucket, at now: MonotonicInstant) -> Double {
        let elapsed = now.since(bucket.updated) / .seconds(1)
        return min(burst, bucket.tokens + elapsed * rate)
    }

    /// Forgets those that would be full again. Once a second, or a flood of addresses would make
    /// each datagram pay for the whole table.
    private mutating func sweep(at now: MonotonicInstant) {
        guard now.since(lastSweep) >= .seconds(1) else { return }
        lastSweep = now
        buckets = buckets.filter { refilled($0.value, at: now) < burst }
    }

    private static func key(of source: SocketAddress) -> UInt64 {
        source.withIPBytes { address in
            guard address.count == 16 else { return number(address) }
            let prefix = number(address.prefix(8))
            // ::ffff:a.b.c.d is an IPv4 source on a socket that serves both.
            return prefix == 0 ? number(address.suffix(4)) : prefix
        }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
