import EdgeDelivery
import EdgeModel
import Testing

struct MailScheduleTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private static let policy = RetryPolicy(first: .seconds(10), longest: .seconds(40), jitter: 0)
    private let one = WaitingMail(id: "1", attempts: 0)
    private let two = WaitingMail(id: "2", attempts: 0)

    private func at(_ seconds: Int) -> MonotonicInstant { Self.start.advanced(by: .seconds(seconds)) }

    @Test func `a letter that is put off lets the others pass`() {
        var schedule = MailSchedule(policy: Self.policy, attemptLimit: 3)
        var generator = SystemRandomNumberGenerator()
        #expect(schedule.next(of: [one, two], at: at(0)) == .send(one))
        let state = schedule.ended(one, .deferred("later"), at: at(0), using: &generator)
        #expect(state == .queued(attempts: 1, lastError: "later"))
        let tried = WaitingMail(id: "1", attempts: 1)
        #expect(schedule.next(of: [two, tried], at: at(1)) == .send(two))
        #expect(schedule.ended(two, .accepted, at: at(1), using: &generator) == .sent)
        #expect(schedule.next(of: [tried], at: at(1)) == .wait(until: at(10)))
        #expect(schedule.next(of: [tried], at: at(10)) == .send(tried))
        #expect(schedule.next(of: [], at: at(10)) == .wait(until: nil))
    }

    @Test func `trouble with the server holds up all, longer each time`() {
        var schedule = MailSchedule(policy: Self.policy, attemptLimit: 100)
        var generator = SystemRandomNumberGenerator()
        var now = 0
        for pause in [10, 20, 40, 40] {
            _ = schedule.ended(one, .failed("down"), at: at(now), using: &generator)
            #expect(schedule.next(of: [one, two], at: at(now + pause - 1)) == .wait(until: at(now + pause)))
            now += pause
            #expect(schedule.next(of: [one, two], at: at(now)) == .send(one))
        }
        #expect(schedule.isInTrouble)
        #expect(schedule.ended(one, .refused("no"), at: at(now), using: &generator) == .failed("no"))
        #expect(!schedule.isInTrouble)
        #expect(schedule.next(of: [two], at: at(now)) == .send(two))
    }

    @Test func `a letter is given up with its last attempt, counted over restarts`() {
        var schedule = MailSchedule(policy: Self.policy, attemptLimit: 3)
        var generator = SystemRandomNumberGenerator()
        let twice = WaitingMail(id: "1", attempts: 2)
        #expect(schedule.ended(twice, .deferred("full"), at: at(0), using: &generator) == .failed("full"))
        #expect(schedule.ended(twice, .failed("down"), at: at(0), using: &generator) == .failed("down"))
        #expect(schedule.ended(twice, .accepted, at: at(0), using: &generator) == .sent)
    }

    @Test func `by default a letter is tried for more than four days`() throws {
        let options = MailOptions(
            host: .name("m"), port: 25, security: .off, sender: try #require(EmailAddress("a@b.c")))
        var policy = options.retry
        policy.jitter = 0
        var generator = SystemRandomNumberGenerator()
        let seconds = (1..<options.attemptLimit).reduce(0.0) { sum, failures in
            let pause = policy.pause(afterFailures: failures, asked: nil, using: &generator)
            return sum + Double(pause.components.seconds)
        }
        #expect((4.0...5.0).contains(seconds / 86_400))
    }
}
