import EdgeDelivery
import EdgeModel
import EdgeSync
import EdgeTestSupport
import Testing

@Suite struct SyncPlannerTests {
    private static let registry = SyncPlanner.RegistryState(epoch: "", revision: 0)
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private static func planner(_ bytesPerSecond: Int? = nil, verified: SequenceRanges = SequenceRanges())
        -> SyncPlanner
    {
        SyncPlanner(bytesPerSecond: bytesPerSecond, verified: verified)
    }

    private static func answer(_ ranges: [ClosedRange<Int64>], registry: Int64 = 0) -> SyncAnswer {
        SyncAnswer(
            epoch: UniqueID(high: 0, low: 1), received: SequenceRanges(ranges), witness: nil, conflicts: 0,
            delayMilliseconds: 0, registryRevision: registry)
    }

    /// One that has met its central, which has `ranges`.
    private static func met(
        _ ranges: [ClosedRange<Int64>], last: Int64, _ bytesPerSecond: Int? = nil
    ) -> SyncPlanner {
        var planner = planner(bytesPerSecond, verified: SequenceRanges(ranges))
        planner.answered(answer(ranges), last: last, at: start)
        planner.reported(at: start)
        planner.updated(isDone: true, at: start)
        return planner
    }

    private static func next(
        _ planner: inout SyncPlanner, last: Int64, after: Duration = .zero, operations: Bool = false,
        held: [UpstreamRequest: Duration] = [:]
    ) -> SyncPlanner.Action {
        planner.next(
            last: last, registry: registry, hasOperations: operations,
            held: held.mapValues { start.advanced(by: $0) }, at: start.advanced(by: after))
    }

    @Test func `it asks what the central has before it sends`() {
        var planner = Self.planner()
        #expect(Self.next(&planner, last: 10) == .report)
    }

    @Test func `what is new overtakes a backlog, and they take turns`() {
        var planner = Self.met([1...100], last: 5_000)
        #expect(Self.next(&planner, last: 5_000) == .send(101...5_000))
        #expect(Self.next(&planner, last: 5_600) == .send(5_001...5_600))
        planner.answered(Self.answer([1...100, 5_001...5_500]), last: 5_600, at: Self.start)
        planner.sent(5_001...5_500, rows: 500, at: Self.start)
        #expect(Self.next(&planner, last: 6_200) == .send(101...5_000))
        planner.answered(Self.answer([1...600, 5_001...5_500]), last: 6_200, at: Self.start)
        planner.sent(101...600, rows: 500, at: Self.start)
        #expect(Self.next(&planner, last: 6_200) == .send(5_501...6_200))
    }

    @Test func `few new rows wait for company, many do not`() {
        var planner = Self.met([1...10], last: 10)
        #expect(Self.next(&planner, last: 12) == .wait(until: Self.start.advanced(by: .seconds(1))))
        #expect(Self.next(&planner, last: 12, after: .seconds(1)) == .send(11...12))
        var other = Self.met([1...10], last: 10)
        #expect(Self.next(&other, last: 510) == .send(11...510))
    }

    @Test func `a central that has lost rows is sent them again`() {
        var planner = Self.met([1...100], last: 100)
        planner.answered(Self.answer([1...40]), last: 100, at: Self.start)
        #expect(Self.next(&planner, last: 100, after: .seconds(2)) == .send(41...100))
    }

    @Test func `what another sent in this name is held against what is here`() {
        var planner = Self.met([1...100], last: 200)
        planner.answered(Self.answer([1...120]), last: 200, at: Self.start)
        #expect(Self.next(&planner, last: 200) == .verify(101...120))
        planner.isVerified(101...120)
        #expect(Self.next(&planner, last: 700) == .send(121...700))
    }

    @Test func `a failure is followed by the question what the central has`() {
        var planner = Self.met([1...10], last: 10)
        #expect(Self.next(&planner, last: 510) == .send(11...510))
        planner.restart()
        #expect(Self.next(&planner, last: 510) == .report)
    }

    @Test func `the bandwidth is a limit`() {
        var planner = Self.met([1...10], last: 10, 1_000)
        planner.used(bytes: 4_000, rows: 40, at: Self.start)
        #expect(Self.next(&planner, last: 600) == .wait(until: Self.start.advanced(by: .seconds(4))))
        #expect(Self.next(&planner, last: 600, after: .seconds(4)) == .send(11...600))
    }

    @Test func `under a limit what is new goes behind one small batch of the backlog`() {
        var planner = Self.met([1...10], last: 900, 1_000)
        #expect(planner.batchLimit < 60)
        #expect(Self.next(&planner, last: 900) == .send(11...900))
        planner.used(bytes: 3_000, rows: 46, at: Self.start)
        planner.answered(Self.answer([1...56]), last: 900, at: Self.start)
        planner.sent(11...56, rows: 46, at: Self.start)
        let free = Self.start.advanced(by: .seconds(3))
        #expect(Self.next(&planner, last: 901) == .wait(until: free))
        #expect(Self.next(&planner, last: 901, after: .seconds(3)) == .send(901...901))
    }

    @Test func `a burst under a limit does not hold up what comes after it`() {
        var planner = Self.met([1...10], last: 10, 1_000)
        #expect(Self.next(&planner, last: 400) == .send(11...400))
        #expect(Self.next(&planner, last: 401) == .send(401...401))
    }

    @Test func `changes of devices go up before the registry comes down, both before packets`() {
        var planner = Self.met([1...10], last: 10)
        planner.answered(Self.answer([1...10], registry: 7), last: 10, at: Self.start)
        #expect(Self.next(&planner, last: 600, operations: true) == .sendOperations)
        #expect(Self.next(&planner, last: 600) == .fetchRegistry)
        planner.registryIsCurrent()
        #expect(Self.next(&planner, last: 600) == .send(11...600))
    }

    @Test func `what is held holds up what depends on it, and nothing else`() {
        var planner = Self.met([1...10], last: 10)
        planner.answered(Self.answer([1...10], registry: 7), last: 10, at: Self.start)
        let operations: [UpstreamRequest: Duration] = [.operations: .seconds(3)]
        #expect(Self.next(&planner, last: 600, operations: true, held: operations) == .send(11...600))
        #expect(
            Self.next(&planner, last: 10, operations: true, held: operations)
                == .wait(until: Self.start.advanced(by: .seconds(3))))
        #expect(planner.unneeded.contains(.rows))
        planner.registryIsCurrent()
        #expect(
            Self.next(&planner, last: 600, held: [.rows: .seconds(2)])
                == .wait(until: Self.start.advanced(by: .seconds(2))))
        #expect(!planner.unneeded.contains(.rows))
        #expect(Self.next(&planner, last: 600, after: .seconds(5), held: [.rows: .seconds(60)]) == .report)
    }
}
