import Synchronization

/// The receiving stations heard from since the start: written by the radios, read by the core.
///
/// Bounded: when it is full, a station that was never seen before is refused and counted, because
/// the protocol that fills it is unauthenticated.
package final class GatewayBoard: Sendable {
    package static let capacity = 10_000

    private struct State {
        var gateways: [GatewayID: GatewayStatus] = [:]
        var refused: UInt64 = 0
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
                state.refused += 1
                return false
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

    package func snapshot() -> [GatewayStatus] {
        state.withLock { Array($0.gateways.values) }
    }

    /// Stations refused because the board was full.
    package var refused: UInt64 { state.withLock { $0.refused } }
}
