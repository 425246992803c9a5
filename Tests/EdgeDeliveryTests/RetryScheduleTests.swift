import EdgeDelivery
import EdgeModel
import EdgeTestSupport
import Testing

@Suite struct RetryScheduleTests {
    private let begin = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var generator = SeededGenerator(seed: 1)
    private var schedule = RetrySchedule(policy: RetryPolicy(longest: .seconds(60), jitter: 0))

    @Test mutating func `a failure is followed by a pause that grows`() {
        #expect(schedule.wait(at: begin) == nil)
        schedule.failed(asked: nil, at: begin, using: &generator)
        #expect(schedule.wait(at: begin) == begin.advanced(by: .seconds(1)))
        schedule.failed(asked: nil, at: begin, using: &generator)
        #expect(schedule.wait(at: begin) == begin.advanced(by: .seconds(2)))
        #expect(schedule.wait(at: begin.advanced(by: .seconds(2))) == nil)
        #expect(schedule.failures == 2)
    }

    @Test mutating func `the other side is not tried before the moment that it asks for`() {
        schedule.failed(asked: .seconds(40), at: begin, using: &generator)
        #expect(schedule.wait(at: begin) == begin.advanced(by: .seconds(40)))
    }

    @Test mutating func `an answer ends the pause, and the next failure is a first one`() {
        for _ in 0..<5 { schedule.failed(asked: nil, at: begin, using: &generator) }
        schedule.succeeded()
        #expect(schedule.wait(at: begin) == nil)
        schedule.failed(asked: nil, at: begin, using: &generator)
        #expect(schedule.wait(at: begin) == begin.advanced(by: .seconds(1)))
    }

    @Test mutating func `after what was given up there is still a pause`() {
        schedule.failed(asked: nil, at: begin, using: &generator)
        schedule.gaveUp()
        #expect(schedule.failures == 0)
        #expect(schedule.wait(at: begin) == begin.advanced(by: .seconds(1)))
    }
}
