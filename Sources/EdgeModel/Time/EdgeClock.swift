import CLinux
import Glibc

/// An instant of the machine's own clock: nanoseconds since boot, suspend included
/// (`CLOCK_BOOTTIME`). Means nothing across a reboot.
package struct MonotonicInstant: Hashable, Comparable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func < (a: MonotonicInstant, b: MonotonicInstant) -> Bool {
        a.nanoseconds < b.nanoseconds
    }

    /// Time from `earlier` to this instant; zero when `earlier` is the later one.
    package func since(_ earlier: MonotonicInstant) -> Duration {
        nanoseconds > earlier.nanoseconds
            ? .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds)) : .zero
    }
}

/// Both clocks read together.
package struct ClockReading: Hashable, Sendable {
    package var wall: Timestamp
    package var monotonic: MonotonicInstant

    package init(wall: Timestamp, monotonic: MonotonicInstant) {
        self.wall = wall
        self.monotonic = monotonic
    }
}

/// How far the wall clock of a stored row can be trusted.
package enum ClockQuality: Int, Hashable, Sendable {
    /// Started from 1970, or before this program was written: not a time at all.
    case none = 0
    /// A plausible time whose source the system does not tell.
    case saved = 1
    /// The kernel says that the clock is synchronised (NTP, or a GNSS daemon).
    case synchronised = 2
    /// Somebody has told the time who can be believed: a gateway's GNSS, the central, an installer.
    case told = 3
}

/// The source of time: a parameter, so that a test can start it in 1970 and make it jump.
package struct EdgeClock: Sendable {
    private let read: @Sendable () -> ClockReading
    private let plausibleQuality: @Sendable () -> ClockQuality

    package init(
        read: @escaping @Sendable () -> ClockReading,
        isSynchronised: @escaping @Sendable () -> Bool = { false }
    ) {
        self.init(read: read) { isSynchronised() ? .synchronised : .saved }
    }

    /// `plausibleQuality` says what a reading is worth that can be true at all.
    init(
        read: @escaping @Sendable () -> ClockReading,
        plausibleQuality: @escaping @Sendable () -> ClockQuality
    ) {
        self.read = read
        self.plausibleQuality = plausibleQuality
    }

    package func now() -> ClockReading { read() }

    /// Wall times before this one cannot be true: the first day of 2025.
    package static let earliestPlausible = Timestamp(seconds: 1_735_689_600)

    package var quality: ClockQuality { quality(of: now().wall) }

    /// The quality of `wall` as a reading of this clock.
    package func quality(of wall: Timestamp) -> ClockQuality {
        guard wall >= Self.earliestPlausible else { return .none }
        return plausibleQuality()
    }

    /// The system's clocks.
    package static let system = EdgeClock(
        read: {
            ClockReading(
                wall: Timestamp(microseconds: Int64(clamping: nanoseconds(of: CLOCK_REALTIME) / 1000)),
                monotonic: MonotonicInstant(
                    nanoseconds: UInt64(clamping: nanoseconds(of: CLOCK_BOOTTIME))))
        },
        isSynchronised: {
            // adjtimex(2): TIME_ERROR (5) is returned while STA_UNSYNC is set.
            var state = timex()
            return adjtimex(&state) != 5
        })

    /// This clock with a wrong wall time that nobody vouches for; itself when `offset` is zero.
    package func shifted(by offset: Duration) -> EdgeClock {
        guard offset != .zero else { return self }
        return EdgeClock(read: { [self] in
            var reading = now()
            reading.wall = reading.wall.advanced(byMicroseconds: offset.microseconds)
            return reading
        })
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
