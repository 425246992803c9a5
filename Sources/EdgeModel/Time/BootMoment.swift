/// A moment that still means something after a restart: the boot, and both clocks.
package struct BootMoment: Hashable, Sendable, Codable {
    /// The store's number of the boot that the monotonic time belongs to.
    package var boot: Int64
    private var wallMicroseconds: Int64
    private var monotonicNanoseconds: UInt64

    package init(boot: Int64, at time: ClockReading) {
        self.boot = boot
        wallMicroseconds = time.wall.microseconds
        monotonicNanoseconds = time.monotonic.nanoseconds
    }

    package var wall: Timestamp { Timestamp(microseconds: wallMicroseconds) }
    package var monotonic: MonotonicInstant { MonotonicInstant(nanoseconds: monotonicNanoseconds) }

    /// Time from this moment to `now`: by the monotonic clock within one boot, else by the wall clock.
    /// Nil when a reboot lies between and the wall clocks cannot tell.
    package func age(at now: BootMoment) -> Duration? {
        if boot == now.boot { return now.monotonic.since(monotonic) }
        guard wall >= EdgeClock.earliestPlausible, now.wall >= wall else { return nil }
        return .microseconds(now.wallMicroseconds - wallMicroseconds)
    }
}
