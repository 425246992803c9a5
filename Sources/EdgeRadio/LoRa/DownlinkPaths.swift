package import EdgeModel
package import NIOCore
package import SemtechUDP
import Synchronization

/// The way back to each gateway, as its last PULL_DATA opened it. Where two gateways have one EUI, the
/// way to each of them.
///
/// Bounded: when it is full of living paths, new gateways are refused until one expires.
package final class DownlinkPaths: Sendable {
    /// A gateway sends PULL_DATA every 5 to 30 seconds; three missed in a row end the path.
    package static let lifetime: Duration = .seconds(90)
    package static let capacity = 10_000
    /// Ways to gateways of one EUI.
    private static let perGateway = 4

    package struct Path: Hashable, Sendable {
        /// Where PULL_DATA came from.
        package var remote: SocketAddress
        /// The local address that it was sent to; nil when the socket has only one. The gateway's
        /// socket is connected: it takes datagrams from there only.
        package var local: SocketAddress?
        package var version: ProtocolVersion
        package var openedAt: MonotonicInstant
    }

    private struct State {
        /// The last one to pull first.
        var paths: [EUI64: [Path]] = [:]
        var sweptAt: MonotonicInstant?
    }
    private let state = Mutex(State())

    package init() {}

    /// False when the table is full.
    @discardableResult
    func open(_ path: Path, for gateway: EUI64) -> Bool {
        state.withLock { state in
            if state.paths[gateway] == nil, state.paths.count >= Self.capacity {
                Self.sweep(&state, at: path.openedAt)
                guard state.paths.count < Self.capacity else { return false }
            }
            var paths = state.paths[gateway] ?? []
            paths.removeAll { $0.remote == path.remote || !Self.isAlive($0, at: path.openedAt) }
            paths.insert(path, at: 0)
            if paths.count > Self.perGateway { paths.removeLast() }
            state.paths[gateway] = paths
            return true
        }
    }

    /// The way to the gateway whose datagram came from `source`: the same socket, else the same host, else
    /// the one that pulled last. Nil when none has pulled for 90 seconds.
    package func path(to gateway: EUI64, source: UInt64 = 0, at now: MonotonicInstant) -> Path? {
        let paths = state.withLock { $0.paths[gateway] ?? [] }.filter { Self.isAlive($0, at: now) }
        return paths.first { $0.remote.sourceNumber == source }
            ?? paths.first { $0.remote.sourceNumber >> 16 == source >> 16 } ?? paths.first
    }

    /// Once a second, or a flood of invented gateways would make each datagram pay for the table.
    private static func sweep(_ state: inout State, at now: MonotonicInstant) {
        if let sweptAt = state.sweptAt, now.since(sweptAt) < .seconds(1) { return }
        state.sweptAt = now
        state.paths = state.paths.filter { $0.value.contains { isAlive($0, at: now) } }
    }

    private static func isAlive(_ path: Path, at now: MonotonicInstant) -> Bool {
        now.since(path.openedAt) < lifetime
    }
}
