import Synchronization

/// The best time there is: the system's once the kernel vouches for it, and until then what somebody
/// has told, carried on by the monotonic clock.
///
/// The system's own clock is never set: that is for whoever runs the machine.
package final class TimeKeeper: Sendable {
    /// Who tells the time, and what it weighs against a clock that only kept it.
    package enum Source: String, Sendable {
        /// `tmms` of a packet forwarder. Anybody on the network can send it, so it counts only while
        /// there is no time at all.
        case gnss
        /// The central, over an authenticated connection.
        case central
        /// An installer's phone, with a credential that may change the gateway.
        case installer
    }

    private struct Told: Sendable {
        var wall: Timestamp
        var at: MonotonicInstant
        var source: Source

        func time(at now: MonotonicInstant) -> Timestamp {
            let since = Int64(clamping: now.nanoseconds) - Int64(clamping: at.nanoseconds)
            return wall.advanced(byMicroseconds: since / 1_000)
        }
    }

    private let system: EdgeClock
    private let told = Mutex<Told?>(nil)

    /// Times beyond this are mistakes: the first day of 2100.
    package static let latestPlausible = Timestamp(seconds: 4_102_444_800)

    package init(system: EdgeClock) { self.system = system }

    /// The clock to read. Its monotonic side is the system's.
    package var clock: EdgeClock {
        EdgeClock(
            read: { [self] in
                let reading = system.now()
                guard let told = current() else { return reading }
                return ClockReading(wall: told.time(at: reading.monotonic), monotonic: reading.monotonic)
            },
            plausibleQuality: { [self] in
                current() == nil ? (system.quality == .synchronised ? .synchronised : .saved) : .told
            })
    }

    /// Who told the time that is in force; nil when it is the system's own.
    package var source: Source? { current()?.source }

    /// Takes the time that `source` says it was at `instant`. False when it is not wanted: the kernel
    /// vouches for the system's, a better source was heard, or it cannot be true.
    @discardableResult
    package func learn(_ wall: Timestamp, at instant: MonotonicInstant, from source: Source) -> Bool {
        guard wall >= EdgeClock.earliestPlausible, wall < Self.latestPlausible else { return false }
        let quality = system.quality
        guard quality != .synchronised else { return false }
        return told.withLock { told in
            if source == .gnss {
                guard quality == .none, told == nil || told?.source == .gnss else { return false }
            }
            told = Told(wall: wall, at: instant, source: source)
            return true
        }
    }

    private func current() -> Told? {
        guard let told = told.withLock({ $0 }) else { return nil }
        // Once the kernel vouches for the system's clock, nobody else is needed.
        guard system.quality == .synchronised else { return told }
        self.told.withLock { $0 = nil }
        return nil
    }
}

extension Timestamp {
    /// From milliseconds since 1980-01-06 on the GPS time scale, which has run 18 s ahead of UTC since
    /// 2017 (IERS Bulletin C).
    package init(gpsMilliseconds: UInt64) {
        let seconds: Int64 = 315_964_800 - 18
        self.init(
            microseconds: seconds * 1_000_000 + Int64(clamping: gpsMilliseconds).multipliedClamped(by: 1_000))
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max / 4 : Swift.min(product, .max / 4)
    }
}
