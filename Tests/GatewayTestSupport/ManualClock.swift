package import EdgeModel
import Synchronization

/// A clock that a test sets and moves.
package final class ManualClock: Sendable {
    private let state: Mutex<ClockReading>

    /// 2026-03-01T12:00:00Z, half an hour after boot.
    package static let noon = Timestamp(seconds: 1_772_366_400)

    package init(wall: Timestamp = noon) {
        state = Mutex(
            ClockReading(wall: wall, monotonic: MonotonicInstant(nanoseconds: 1_800_000_000_000)))
    }

    package var clock: EdgeClock { EdgeClock(read: { self.now }) }

    package var now: ClockReading { state.withLock { $0 } }

    /// Both clocks go on.
    package func advance(by duration: Duration) {
        state.withLock { state in
            state.wall = state.wall.advanced(byMicroseconds: duration.microseconds)
            state.monotonic.nanoseconds += UInt64(duration.microseconds) * 1000
        }
    }

    /// Somebody sets the wall clock.
    package func setWall(_ wall: Timestamp) { state.withLock { $0.wall = wall } }
}
