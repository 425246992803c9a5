import EdgeDelivery
import EdgeModel
import EdgeTestSupport
import Testing

@Suite struct DeliveryScheduleTests {
    private let begin = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private var generator = SeededGenerator(seed: 7)

    private func after(_ seconds: Double) -> MonotonicInstant {
        begin.advanced(by: .milliseconds(Int64(seconds * 1000)))
    }

    private static let refusal = AttemptOutcome(status: 500, retryAfter: nil)

    @Test func `a full batch goes at once and a short one two seconds after its first packet`() {
        var schedule = DeliverySchedule()
        #expect(schedule.next(waiting: 0, limit: 10, at: begin) == .wait(until: nil))
        #expect(schedule.next(waiting: 10, limit: 10, at: begin) == .attempt)
        var slow = DeliverySchedule()
        #expect(slow.next(waiting: 1, limit: 10, at: begin) == .wait(until: after(2)))
        #expect(slow.next(waiting: 5, limit: 10, at: after(1)) == .wait(until: after(2)))
        #expect(!slow.isDue(at: after(1.9)))
        #expect(slow.next(waiting: 5, limit: 10, at: after(2)) == .attempt)
        #expect(slow.isDue(at: after(2)))
    }

    @Test func `packets of others do not fill a batch`() {
        var schedule = DeliverySchedule()
        #expect(schedule.next(waiting: 12, limit: 10, at: begin) == .attempt)
        schedule.tooEarly(found: 3, of: 12, limit: 10)
        #expect(schedule.next(waiting: 18, limit: 10, at: after(0.5)) == .wait(until: after(2)))
        #expect(schedule.next(waiting: 19, limit: 10, at: after(0.5)) == .attempt)
    }

    @Test mutating func `pauses double from one second to five minutes with a fifth of jitter`() {
        var schedule = DeliverySchedule()
        var now = begin
        var pauses: [Double] = []
        while true {
            let verdict = schedule.ended(Self.refusal, beganAt: now, at: now, using: &generator)
            guard verdict == .retry, case .wait(let until?) = schedule.next(waiting: 1, limit: 10, at: now)
            else {
                #expect(verdict == .park)
                break
            }
            pauses.append(Double(until.since(now).microseconds) / 1e6)
            #expect(schedule.isRetrying)
            now = until
            #expect(schedule.next(waiting: 1, limit: 10, at: now) == .attempt)
        }
        for (number, pause) in pauses.enumerated() {
            let plain = min(Double(1 << min(number, 20)), 300)
            #expect((plain * 0.8 - 0.001...plain * 1.2 + 0.001).contains(pause), "pause \(number)")
        }
        #expect(Set(pauses.suffix(10)).count > 1)
        let hours = Double(now.since(begin).microseconds) / 3.6e9
        #expect((2.85...3.0).contains(hours))
    }

    @Test mutating func `after a delivery was given up the next does not hurry and does not spin`() {
        var schedule = DeliverySchedule(
            policy: RetryPolicy(first: .seconds(8), longest: .seconds(8), jitter: 0, patience: .seconds(5)))
        #expect(schedule.ended(Self.refusal, beganAt: begin, at: begin, using: &generator) == .park)
        #expect(!schedule.isRetrying)
        #expect(schedule.next(waiting: 1, limit: 10, at: after(1)) == .wait(until: after(8)))
        #expect(schedule.next(waiting: 1, limit: 10, at: after(8)) == .attempt)
        #expect(schedule.isDue(at: after(8)))
        schedule.foundNothing()
        #expect(schedule.next(waiting: 0, limit: 10, at: after(8)) == .wait(until: nil))
    }

    @Test mutating func `the receiver may ask for more time and not for more than five minutes`() {
        for (text, seconds) in [("30", 30.0), ("100000", 300), ("0", 1), ("soon", 1), ("-5", 1)] {
            var schedule = DeliverySchedule(policy: RetryPolicy(jitter: 0))
            let outcome = AttemptOutcome(status: 503, retryAfter: text)
            #expect(schedule.ended(outcome, beganAt: begin, at: begin, using: &generator) == .retry)
            #expect(schedule.next(waiting: 1, limit: 10, at: begin) == .wait(until: after(seconds)))
        }
        #expect(AttemptOutcome(status: 500, retryAfter: "30") == AttemptOutcome(status: 500, retryAfter: nil))
    }

    @Test mutating func `success and another address begin anew, and 410 pauses`() {
        var schedule = DeliverySchedule()
        _ = schedule.ended(Self.refusal, beganAt: begin, at: begin, using: &generator)
        schedule.reset()
        #expect(!schedule.isRetrying)
        #expect(schedule.next(waiting: 10, limit: 10, at: begin) == .attempt)
        _ = schedule.ended(Self.refusal, beganAt: begin, at: begin, using: &generator)
        let good = AttemptOutcome(status: 204, retryAfter: nil)
        #expect(schedule.ended(good, beganAt: begin, at: begin, using: &generator) == .confirm)
        #expect(schedule.failures == 0)
        let gone = AttemptOutcome(status: 410, retryAfter: nil)
        #expect(schedule.ended(gone, beganAt: begin, at: begin, using: &generator) == .pause)
    }

    @Test(arguments: [200, 201, 204, 299]) func `every 2xx is a receipt`(_ status: Int) {
        #expect(AttemptOutcome(status: status, retryAfter: nil) == .delivered(status: status))
    }

    @Test(arguments: [100, 301, 302, 307, 400, 401, 404, 429, 500, 503])
    func `every other status is tried again`(_ status: Int) {
        #expect(AttemptOutcome(status: status, retryAfter: nil).label == "refused")
    }
}
