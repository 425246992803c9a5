import EdgeModel
import Testing

@testable import EdgeStore

@Suite struct CommitDemandTests {
    private let patience = Duration.seconds(100)

    @Test func `with nothing held nobody waits, and nobody is woken`() async {
        let demand = CommitDemand()
        demand.onDemand { Issue.record("woken") }
        #expect(await demand.settle(atMost: .zero))
    }

    @Test func `who waits wakes the writer and gets its answer with the commit`() async {
        let demand = CommitDemand()
        let begun = ContinuousClock.now
        demand.hold()
        #expect(demand.deadline(since: begun, patience: patience) == begun + patience)
        demand.onDemand { demand.committed(through: demand.heldThrough) }
        #expect(await demand.settle(atMost: .seconds(60)))
        // The demand was met: what comes next may wait again.
        demand.hold()
        #expect(demand.deadline(since: begun, patience: patience) == begun + patience)
    }

    @Test func `what is wanted is due at once, and what came later is not waited for`() async {
        let demand = CommitDemand()
        let begun = ContinuousClock.now
        let woken = ChangeSignal()
        demand.onDemand { woken.raise() }
        demand.hold()
        let through = demand.heldThrough
        async let isDurable = demand.settle(atMost: .seconds(60))
        await woken.wait(after: 0)
        #expect(demand.deadline(since: begun, patience: patience) == begun)
        demand.hold()
        demand.committed(through: through)
        #expect(await isDurable)
    }

    @Test func `a failure is told at once, and again to whoever asks while it lasts`() async {
        let demand = CommitDemand()
        demand.hold()
        demand.onDemand { demand.failed() }
        #expect(await !demand.settle(atMost: .seconds(60)))
        #expect(await !demand.settle(atMost: .seconds(60)))
        demand.committed(through: demand.heldThrough)
        #expect(await demand.settle(atMost: .seconds(60)))
    }

    @Test func `nobody waits longer than agreed`() async {
        let demand = CommitDemand()
        demand.hold()
        #expect(await !demand.settle(atMost: .milliseconds(5)))
    }

    @Test func `listeners shorten the wait, and those who look shorten it more`() async {
        let demand = CommitDemand()
        let begun = ContinuousClock.now
        await demand.whileListening(.seconds(3)) {
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(3))
            await demand.whileListening(.seconds(1)) {
                #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(1))
            }
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(3))
        }
        #expect(demand.deadline(since: begun, patience: patience) == begun + patience)
        await demand.ask()
        #expect(demand.deadline(since: .now, patience: patience) <= .now + CommitDemand.looking)
    }

    @Test func `who would make many commits of a stream waits longer while it lasts`() async {
        let demand = CommitDemand()
        let begun = ContinuousClock.now
        func commit(_ count: Int) {
            for _ in 0..<count { demand.hold() }
            demand.committed(through: demand.heldThrough)
        }
        await demand.whileListening(.seconds(3), inStream: .seconds(9)) {
            commit(49)
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(3))
            commit(50)
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(9))
            // Who has agreed to nothing else waits as before.
            await demand.whileListening(.seconds(4)) {
                #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(4))
            }
            // Nothing new in it says nothing.
            demand.committed(through: demand.heldThrough)
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(9))
            commit(1)
            #expect(demand.deadline(since: begun, patience: patience) == begun + .seconds(3))
        }
    }

    @Test func `a listener that comes while something is held wakes the writer`() async {
        let demand = CommitDemand()
        let woken = ChangeSignal()
        demand.onDemand { woken.raise() }
        await demand.whileListening(.seconds(1)) {}
        #expect(woken.count == 0)
        demand.hold()
        await demand.whileListening(.seconds(1)) { #expect(woken.count == 1) }
    }
}
