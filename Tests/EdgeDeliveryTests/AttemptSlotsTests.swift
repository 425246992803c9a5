import EdgeDelivery
import EdgeModel
import Testing

@Suite struct AttemptSlotsTests {
    private actor Tally {
        private var running = 0
        private(set) var most = 0
        private(set) var done = 0

        func begin() {
            running += 1
            most = max(most, running)
        }

        func end() {
            running -= 1
            done += 1
        }
    }

    @Test func `no more run at once than there are slots, and all have their turn`() async throws {
        let slots = AttemptSlots(count: 3)
        let tally = Tally()
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<30 {
                group.addTask {
                    try await slots.with {
                        await tally.begin()
                        try await Task.sleep(for: .milliseconds(5))
                        await tally.end()
                    }
                }
            }
        }
        #expect(await tally.most == 3)
        #expect(await tally.done == 30)
    }

    @Test func `one who gives up waiting takes no slot`() async throws {
        let slots = AttemptSlots(count: 1)
        try await slots.with {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        try await slots.with {}
                        return true
                    } catch {
                        return false
                    }
                }
                try? await Task.sleep(for: .milliseconds(20))
                group.cancelAll()
                #expect(await group.next() == false)
            }
        }
        let isFree = try await slots.with { true }
        #expect(isFree)
    }

    @Test func `a change wakes everybody who waits, and one that came before is not waited for`() async {
        let signal = ChangeSignal()
        let seen = signal.count
        signal.raise()
        await signal.wait(after: seen)
        let latest = signal.count
        await withTaskGroup { group in
            for _ in 0..<10 { group.addTask { await signal.wait(after: latest) } }
            try? await Task.sleep(for: .milliseconds(20))
            signal.raise()
        }
        let clock = ContinuousClock()
        let waited = await clock.measure {
            await signal.wait(after: signal.count, atMost: .milliseconds(30))
        }
        #expect(waited >= .milliseconds(25))
    }
}
