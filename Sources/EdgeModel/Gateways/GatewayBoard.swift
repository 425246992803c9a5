import Synchronization

/// The receiving stations heard from since the start: written by the radios, read by the core.
///
/// Bounded, because the protocol that fills it is unauthenticated: when it is full, stations that were
/// silent for an hour give way; where none was, one that was never seen before is refused and counted.
package final class GatewayBoard: Sendable {
    package static let capacity = 10_000
    /// Who was silent for so long gives way when there is no room.
    package static let silence = Duration.seconds(3_600)
    /// A flood of stations that were never seen makes each pay for the whole board this often at most.
    private static let sweepInterval = Duration.seconds(10)

    private struct State {
        var gateways: [GatewayID: GatewayStatus] = [:]
        var refused: UInt64 = 0
        var sweptAt: MonotonicInstant?

        mutating func sweep(at now: MonotonicInstant) {
            if let sweptAt, now.since(sweptAt) < GatewayBoard.sweepInterval { return }
            sweptAt = now
            gateways = gateways.filter { now.since($0.value.lastSeen.monotonic) < GatewayBoard.silence }
        }
    }
    private let state = Mutex(State())

    package init() {}

    /// Records that `id` is alive and lets `change` amend what is known about it.
    /// False when the board is full and the station new.
    @discardableResult
    package func observed(
        _ id: GatewayID, kind: GatewayStatus.Kind, at time: ClockReading,
        change: (inout GatewayStatus) -> Void = { _ in }
    ) -> Bool {
        state.withLock { state in
            if state.gateways[id] == nil, state.gateways.count >= Self.capacity {
                state.sweep(at: time.monotonic)
                guard state.gateways.count < Self.capacity else {
                    state.refused += 1
                    return false
                }
            }
            var status =
                state.gateways[id] ?? GatewayStatus(id: id, kind: kind, lastSeen: time)
            status.lastSeen = time
            change(&status)
            state.gateways[id] = status
            return true
        }
    }

    package func location(of id: GatewayID) -> Location? {
        state.withLock { $0.gateways[id]?.location }
    }

    /// Whether the station has a place here.
    package func holds(_ id: GatewayID) -> Bool { state.withLock { $0.gateways[id] != nil } }

    package func snapshot() -> [GatewayStatus] {
        state.withLock { Array($0.gateways.values) }
    }

    /// Stations refused because the board was full.
    package var refused: UInt64 { state.withLock { $0.refused } }
}
