import EdgeSimulation
import Testing

@Suite struct PacedSequenceTests {
    let clock = JumpingClock()
    let elements = [0, 0, 100, 100, 100, 300].map { Timed(due: .milliseconds($0), value: $0) }

    func collect(_ pace: Pace, batchLimit: Int = 10) async throws -> [(Duration, [Int])] {
        var batches: [(Duration, [Int])] = []
        let start = clock.now
        for try await batch in PacedSequence(elements, pace: pace, batchLimit: batchLimit, clock: clock) {
            batches.append((start.duration(to: clock.now), batch))
        }
        return batches
    }

    @Test func `what is due together comes together, when it is due`() async throws {
        let batches = try await collect(.original())
        #expect(batches.map(\.0) == [.zero, .milliseconds(100), .milliseconds(300)])
        #expect(batches.map(\.1) == [[0, 0], [100, 100, 100], [300]])
    }

    @Test func `at twice the speed everything is due in half the time`() async throws {
        #expect(try await collect(.original(speed: 2)).map(\.0).last == .milliseconds(150))
    }

    @Test func `an even rate ignores the due times`() async throws {
        let batches = try await collect(.rate(perSecond: 10))
        #expect(batches.map(\.0) == (0..<6).map { .milliseconds($0 * 100) })
    }

    @Test func `without waiting, batches are as long as their limit`() async throws {
        let batches = try await collect(.unlimited, batchLimit: 4)
        #expect(batches.map(\.1.count) == [4, 2])
        #expect(batches.allSatisfy { $0.0 == .zero })
    }

    @Test func `a receiver that was away for a minute is not flooded`() async throws {
        let elements = (0..<100).map { Timed(due: .seconds($0), value: $0) }
        let paced = PacedSequence(elements, pace: .original(), batchLimit: 1_000, clock: clock)
        var iterator = paced.makeAsyncIterator()
        #expect(try await iterator.next() == [0])
        clock.advance(by: .seconds(60))
        #expect(try await iterator.next() == [1])
        let before = clock.now
        #expect(try await iterator.next() == [2])
        #expect(before.duration(to: clock.now) == .seconds(1))
    }

    @Test func `a cancelled receiver gets no more`() async {
        let paced = PacedSequence(elements, pace: .original(), batchLimit: 1, clock: ContinuousClock())
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for try await _ in paced {} }
                group.cancelAll()
                try await group.next()
            }
        }
    }
}
