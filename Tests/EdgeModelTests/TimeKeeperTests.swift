import EdgeModel
import Synchronization
import Testing

@Suite struct `The time keeper` {
    /// A machine whose clocks a test moves.
    private final class Machine: Sendable {
        private let state: Mutex<(wall: Int64, monotonic: UInt64, isSynchronised: Bool)>

        init(wall: Int64) { state = Mutex((wall, 1_000_000_000, false)) }

        var clock: EdgeClock {
            EdgeClock(
                read: {
                    self.state.withLock {
                        ClockReading(
                            wall: Timestamp(seconds: $0.wall),
                            monotonic: MonotonicInstant(nanoseconds: $0.monotonic))
                    }
                }, isSynchronised: { self.state.withLock { $0.isSynchronised } })
        }

        func advance(seconds: Int64) {
            state.withLock {
                $0.wall += seconds
                $0.monotonic += UInt64(seconds) * 1_000_000_000
            }
        }

        func synchronise(to wall: Int64) { state.withLock { ($0.wall, $0.isSynchronised) = (wall, true) } }
    }

    private let now: Int64 = 1_800_000_000

    @Test func `carries on what it was told by the monotonic clock`() {
        let machine = Machine(wall: 0)
        let keeper = TimeKeeper(system: machine.clock)
        #expect(keeper.clock.quality == .none)
        machine.advance(seconds: 5)
        #expect(keeper.learn(Timestamp(seconds: now), at: keeper.clock.now().monotonic, from: .installer))
        machine.advance(seconds: 7)
        #expect(keeper.clock.now().wall == Timestamp(seconds: now + 7))
        #expect(keeper.clock.quality == .told)
        #expect(keeper.source == .installer)
    }

    @Test func `a satellite's time counts only while there is none`() {
        let unset = TimeKeeper(system: Machine(wall: 0).clock)
        #expect(unset.learn(Timestamp(seconds: now), at: unset.clock.now().monotonic, from: .gnss))
        #expect(unset.clock.now().wall == Timestamp(seconds: now))
        #expect(unset.learn(Timestamp(seconds: now + 9), at: unset.clock.now().monotonic, from: .central))
        #expect(!unset.learn(Timestamp(seconds: now), at: unset.clock.now().monotonic, from: .gnss))
        let kept = TimeKeeper(system: Machine(wall: now).clock)
        #expect(!kept.learn(Timestamp(seconds: now + 99), at: kept.clock.now().monotonic, from: .gnss))
        #expect(kept.learn(Timestamp(seconds: now + 99), at: kept.clock.now().monotonic, from: .central))
    }

    @Test func `the kernel's word ends everybody else's`() {
        let machine = Machine(wall: 0)
        let keeper = TimeKeeper(system: machine.clock)
        keeper.learn(Timestamp(seconds: now), at: keeper.clock.now().monotonic, from: .installer)
        machine.synchronise(to: now + 100)
        #expect(keeper.clock.now().wall == Timestamp(seconds: now + 100))
        #expect(keeper.clock.quality == .synchronised)
        #expect(!keeper.learn(Timestamp(seconds: now), at: keeper.clock.now().monotonic, from: .central))
        #expect(keeper.source == nil)
    }

    @Test(arguments: [0, 1_735_689_599, 4_102_444_800, .max / 1_000_000])
    func `what cannot be true is not taken`(_ seconds: Int64) {
        let keeper = TimeKeeper(system: Machine(wall: 0).clock)
        #expect(
            !keeper.learn(Timestamp(seconds: seconds), at: keeper.clock.now().monotonic, from: .installer))
        #expect(keeper.clock.quality == .none)
    }

    @Test func `satellites count from 1980 and know no leap seconds`() {
        // 2026-03-01T12:00:00Z is GPS second 1 456 401 618.
        #expect(Timestamp(gpsMilliseconds: 1_456_401_618_000) == Timestamp(seconds: 1_772_366_400))
        #expect(Timestamp(gpsMilliseconds: .max) > TimeKeeper.latestPlausible)
    }
}
