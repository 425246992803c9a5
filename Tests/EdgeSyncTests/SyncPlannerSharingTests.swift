import EdgeDelivery
import EdgeModel
import EdgeSync
import Testing

/// In which order what goes down and up beside packets is asked for.
@Suite struct SyncPlannerSharingTests {
    private static let start = MonotonicInstant(nanoseconds: 5_000_000_000)
    private static let none = SyncPlanner.RegistryState(epoch: "c", revision: 0)

    private static func met(settings: Int64? = 0, sessions: Int64? = 0, takes: Int? = nil) -> SyncPlanner {
        var planner = SyncPlanner()
        var answer = SyncAnswer(
            epoch: UniqueID(high: 1, low: 1), received: SequenceRanges(), witness: nil, conflicts: 0,
            delayMilliseconds: 0, registryRevision: 0, centralEpoch: "c", settingsRevision: settings)
        answer.sessionsRevision = sessions
        answer.takes = takes
        planner.answered(answer, last: 0, at: start)
        planner.reported(at: start)
        planner.updated(isDone: true, at: start)
        return planner
    }

    private static func next(
        _ planner: inout SyncPlanner, registry: Int64 = 0, operations: Bool = false, changed: Bool = false,
        after: Duration = .zero
    ) -> SyncPlanner.Action {
        planner.next(
            last: 0, registry: .init(epoch: "c", revision: registry), settings: none,
            hasOperations: operations, sessions: .init(inForce: none, haveChanged: changed),
            at: start.advanced(by: after))
    }

    @Test func `settings come before what refers to them, sessions after`() {
        var planner = Self.met(settings: 4, sessions: 3)
        #expect(Self.next(&planner, registry: 9, operations: true, changed: true) == .fetchSettings)
        planner.settingsAreCurrent()
        #expect(Self.next(&planner, registry: 9, operations: true, changed: true) == .sendOperations)
        #expect(Self.next(&planner, registry: 9, changed: true) == .fetchRegistry)
        // Settings that changed since are fetched before a page that refers to them.
        planner.settingsAreBehind(6)
        #expect(Self.next(&planner, registry: 9, changed: true) == .fetchSettings)
        planner.settingsAreCurrent()
        planner.registryIsCurrent()
        #expect(Self.next(&planner) == .exchangeSessions)
    }

    @Test func `sessions are exchanged when they have changed, and not all the time`() {
        var planner = Self.met()
        #expect(Self.next(&planner) != .exchangeSessions)
        #expect(Self.next(&planner, changed: true) == .exchangeSessions)
        planner.exchanged(at: Self.start, isDone: true, inForce: Self.none)
        #expect(Self.next(&planner, changed: true) == .wait(until: Self.start.advanced(by: .seconds(2))))
        #expect(Self.next(&planner, changed: true, after: .seconds(2)) == .exchangeSessions)
    }

    @Test func `a central of an earlier version is asked for nothing that it does not have`() {
        var planner = Self.met(settings: nil, sessions: nil)
        for step in 0..<20 {
            let action = Self.next(&planner, changed: true, after: .milliseconds(step * 499))
            #expect(![.fetchSettings, .exchangeSessions, .sendAudit, .sendFrames].contains(action))
        }
    }

    @Test func `records are looked at now and then`() {
        var planner = Self.met(takes: SyncAnswer.takesRecords)
        #expect(Self.next(&planner) == .sendAudit)
        planner.sentAudit(at: Self.start, isDone: true)
        #expect(Self.next(&planner) == .sendFrames)
        planner.sentFrames(at: Self.start, isDone: true)
        #expect(Self.next(&planner, after: .seconds(4)) == .wait(until: Self.start.advanced(by: .seconds(5))))
    }
}
