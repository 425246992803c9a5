import EdgeModel
import Testing

@Suite struct SilenceWatchTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private func subject(_ seen: Timestamp?, allowed: Int64 = 30, since: Timestamp = start) -> WatchedSubject
    {
        WatchedSubject(
            organization: OrganizationID("o"), subject: .device(DeviceID("d")), name: "Door",
            allowedSilence: .seconds(allowed), lastSeenAt: seen, watchedSince: since)
    }

    private func reading(_ seconds: Int64, wall: Timestamp? = nil) -> ClockReading {
        ClockReading(
            wall: wall ?? Self.start.advanced(byMicroseconds: seconds * 1_000_000),
            monotonic: MonotonicInstant(nanoseconds: UInt64(1_000 + seconds) * 1_000_000_000))
    }

    @Test func `silence is said once, and its end once`() {
        var watch = SilenceWatch()
        let first = subject(Self.start)
        #expect(watch.look(at: [first], now: reading(0), quality: .synchronised) == [])
        #expect(watch.look(at: [first], now: reading(30), quality: .synchronised) == [])
        #expect(watch.look(at: [first], now: reading(31), quality: .synchronised) == [.silent(first)])
        #expect(watch.look(at: [first], now: reading(90), quality: .synchronised) == [])
        let again = subject(Self.start.advanced(byMicroseconds: 91_000_000))
        #expect(watch.look(at: [again], now: reading(91), quality: .synchronised) == [.heardAgain(again)])
        #expect(watch.look(at: [again], now: reading(121), quality: .synchronised) == [])
        #expect(watch.look(at: [again], now: reading(122), quality: .synchronised) == [.silent(again)])
    }

    @Test func `a clock that is set raises nothing and clears nothing`() {
        var watch = SilenceWatch()
        let door = subject(Self.start)
        _ = watch.look(at: [door], now: reading(0), quality: .synchronised)
        for wall in [0, 4_000_000_000] as [Int64] {
            let jumped = reading(5, wall: Timestamp(seconds: wall))
            #expect(watch.look(at: [door], now: jumped, quality: .synchronised) == [])
        }
    }

    @Test func `what was silent before the start counts, where the clock can be believed`() {
        let seen = Self.start.advanced(byMicroseconds: -100_000_000)
        var believing = SilenceWatch()
        #expect(believing.look(at: [subject(seen)], now: reading(0), quality: .saved).count == 1)
        var doubting = SilenceWatch()
        #expect(doubting.look(at: [subject(seen)], now: reading(0), quality: .none) == [])
        #expect(doubting.look(at: [subject(seen)], now: reading(31), quality: .none).count == 1)
    }

    @Test func `one that was never heard is expected from its registration on`() {
        var watch = SilenceWatch()
        #expect(watch.look(at: [subject(nil)], now: reading(20), quality: .saved) == [])
        #expect(watch.look(at: [subject(nil)], now: reading(31), quality: .saved) == [.silent(subject(nil))])
    }

    @Test func `an alert that is raised is not raised again after a restart, and is cleared`() {
        let alert = Alert(
            id: "a", organization: OrganizationID("o"), subject: .device(DeviceID("d")), name: "Door",
            allowedSilence: .seconds(30), lastSeenAt: Self.start, raisedAt: Self.start)
        var watch = SilenceWatch(raised: [alert])
        let silent = subject(Self.start)
        #expect(watch.look(at: [silent], now: reading(500), quality: .saved) == [])
        let heard = subject(Self.start.advanced(byMicroseconds: 501_000_000))
        #expect(watch.look(at: [heard], now: reading(502), quality: .saved) == [.heardAgain(heard)])
    }

    @Test
    func `one of whom nothing is expected any more is excused, also when it was silent before a restart`() {
        var watch = SilenceWatch()
        _ = watch.look(at: [subject(Self.start)], now: reading(0), quality: .saved)
        #expect(watch.look(at: [], now: reading(1), quality: .saved) == [])
        _ = watch.look(at: [subject(Self.start)], now: reading(40), quality: .saved)
        #expect(watch.look(at: [], now: reading(41), quality: .saved).count == 1)
        #expect(watch.look(at: [], now: reading(42), quality: .saved) == [])
        let alert = Alert(
            id: "a", organization: OrganizationID("o"), subject: .device(DeviceID("gone")), name: "Door",
            allowedSilence: .seconds(30), lastSeenAt: nil, raisedAt: Self.start)
        var later = SilenceWatch(raised: [alert])
        #expect(later.look(at: [], now: reading(0), quality: .saved).count == 1)
    }

    @Test func `a longer interval ends the alert`() {
        var watch = SilenceWatch()
        _ = watch.look(at: [subject(Self.start)], now: reading(0), quality: .saved)
        #expect(watch.look(at: [subject(Self.start)], now: reading(40), quality: .saved).count == 1)
        let patient = subject(Self.start, allowed: 600)
        #expect(watch.look(at: [patient], now: reading(41), quality: .saved) == [.heardAgain(patient)])
    }
}
