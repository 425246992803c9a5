import EdgeDelivery
import EdgeModel
import EdgeTestSupport
import Testing

@testable import EdgeSync

@Suite struct UpstreamTroublesTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var generator = SeededGenerator(seed: 1)
    private var troubles = UpstreamTroubles(
        policy: RetryPolicy(first: .seconds(1), longest: .seconds(60), jitter: 0))

    private func pause(_ request: UpstreamRequest) -> Duration? {
        troubles.held(at: Self.start)[request]?.since(Self.start)
    }

    private mutating func fails(_ request: UpstreamRequest, _ failure: UpstreamFailure = .failed("full"))
        -> Bool
    {
        troubles.failed(request, failure, at: Self.start, using: &generator)
    }

    @Test mutating func `answers to other requests do not shorten the pauses of one that fails`() {
        var pauses: [Duration?] = []
        for _ in 0..<8 {
            _ = fails(.rows)
            pauses.append(pause(.rows))
            _ = troubles.ended(.contact)
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(pause(.frames) == nil)
    }

    @Test mutating func `the other side may ask for a longer pause`() {
        _ = fails(.registry, .failed("full", asked: .seconds(30)))
        #expect(pause(.registry) == .seconds(30))
        _ = fails(.rows, .refused("who are you?"))
        #expect(pause(.rows) == .seconds(60))
    }

    @Test mutating func `trouble is news once, and when it is over`() {
        let first = fails(.rows)
        let second = fails(.rows)
        let others = fails(.updates)
        let another = fails(.rows, .failed("no route"))
        #expect([first, second, others, another] == [true, false, false, true])
        let over = troubles.ended(.rows)
        let again = troubles.ended(.rows)
        #expect([over, again] == [true, false])
    }

    @Test mutating func `what fails first in order is shown, and stays while the rest goes well`() {
        _ = fails(.frames, .rejected("no frame"))
        #expect(troubles.worst == .rejected("no frame"))
        _ = fails(.rows)
        #expect(troubles.worst == .failed("full"))
        _ = troubles.ended(.contact)
        #expect(troubles.worst == .failed("full"))
        _ = troubles.ended(.rows)
        #expect(troubles.worst == .rejected("no frame"))
    }
}
