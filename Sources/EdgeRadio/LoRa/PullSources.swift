import EdgeModel
import NIOCore

/// Where the PULL_DATA of one gateway come from. A gateway that moves, or whose address translation does,
/// does not come back to where it was; when sources take turns, two gateways have one EUI.
struct PullSources {
    private struct Source {
        var address: SocketAddress
        var lastAt: MonotonicInstant
    }

    /// The last one first.
    private var sources: [Source] = []
    private var returns = 0
    private var returnedAt: MonotonicInstant?

    /// Sources that are remembered.
    private static let capacity = 4
    /// Three keepalives of the slowest gateway.
    private static let memory = Duration.seconds(90)
    /// One return may be a gateway that falls back from one uplink to another.
    private static let suspicious = 2
    /// They do not take turns any more when nobody came back for so long.
    private static let patience = Duration.seconds(180)

    /// A PULL_DATA came.
    mutating func pulled(from address: SocketAddress, at now: MonotonicInstant) {
        if let returnedAt, now.since(returnedAt) > Self.patience { (returns, self.returnedAt) = (0, nil) }
        let known = sources.firstIndex { $0.address == address }
        if let known, known > 0, now.since(sources[known].lastAt) < Self.memory {
            returns += 1
            returnedAt = now
        }
        if let known { sources.remove(at: known) }
        sources.insert(Source(address: address, lastAt: now), at: 0)
        sources.removeAll { now.since($0.lastAt) >= Self.patience }
        if sources.count > Self.capacity { sources.removeLast() }
    }

    /// The addresses and ports that take turns, in their order; empty when one gateway pulls.
    var takingTurns: [String] {
        guard returns >= Self.suspicious else { return [] }
        return sources.map { source in
            let host = source.address.ipAddress ?? "?"
            let port = source.address.port.map(String.init) ?? "?"
            return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }.sorted()
    }
}

extension SocketAddress {
    /// The host in the upper 48 bits, the port below: enough to tell forwarders apart, and to find the way
    /// back to the one that a reception came from.
    var sourceNumber: UInt64 {
        let host = withIPBytes { bytes -> UInt64 in
            guard bytes.count == 16 else { return bytes.reduce(0) { $0 << 8 | UInt64($1) } }
            return bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 } >> 16
        }
        return host << 16 | UInt64(port ?? 0) & 0xFFFF
    }
}
