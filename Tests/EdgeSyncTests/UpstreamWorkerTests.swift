import EdgeDelivery
import EdgeModel
import EdgeStore
import GatewayTestSupport
import Synchronization
import Testing

@testable import EdgeSync

/// What the worker does around a conversation, whatever is spoken.
@Suite(.timeLimit(.minutes(1))) struct UpstreamWorkerTests {
    @Test func `an attempt that failed is made again after a pause, and not before`() async throws {
        try await Worked.with { worked in
            worked.script.answers(.failed("no route"), .wait)
            try await worked.happens(.attempt, .forget, .look, .look)
            #expect(worked.status?.state == .failing)
            #expect(worked.status?.failure == "no route")
            worked.pass(.seconds(599))
            try await worked.happens(.look)
            worked.pass(.seconds(1))
            try await worked.happens(.attempt)
        }
    }

    @Test func `one that does not know this gateway is not asked again in a hurry`() async throws {
        try await Worked.with { worked in
            worked.script.answers(.refused("who are you?"), .wait)
            try await worked.happens(.attempt, .forget, .look, .look)
            #expect(worked.status?.state == .refused)
            worked.pass(.seconds(2_999))
            try await worked.happens(.look)
            worked.pass(.seconds(1))
            try await worked.happens(.attempt)
        }
    }

    @Test func `an answer ends the failure, and is what is shown and written down`() async throws {
        try await Worked.with { worked in
            worked.script.answers(.failed("no route"), .answer, .wait)
            try await worked.happens(.attempt, .forget, .look, .look)
            worked.pass(.seconds(600))
            try await worked.happens(.attempt, .attempt, .look)
            #expect(worked.status?.state == .connected)
            #expect(worked.status?.failure == nil)
            #expect(worked.status?.mark == 3)
            worked.pass(.seconds(6))
            try await worked.happens(.attempt, .look)
            _ = try await worked.fixture.store.setPaused(true, upstream: Worked.id, audit: nil)
            try await worked.happens(.hangUp)
            #expect(try await worked.kept?.arrived.mark == 3)
            #expect(try await worked.kept?.lastError == nil)
        }
    }

    @Test func `nothing is said while it is held`() async throws {
        try await Worked.with { worked in
            worked.script.answers(.wait, .wait)
            try await worked.happens(.attempt, .look)
            _ = try await worked.fixture.store.setPaused(true, upstream: Worked.id, audit: nil)
            try await worked.happens(.hangUp, .forget)
            worked.pass(.seconds(3_600))
            try await worked.happens(.hangUp, .forget)
            #expect(worked.status?.state == .paused)
            _ = try await worked.fixture.store.setPaused(false, upstream: Worked.id, audit: nil)
            try await worked.happens(.attempt)
        }
    }

    @Test func `it ends when its upstream is removed`() async throws {
        try await Worked.with { worked in
            worked.script.answers(.wait)
            try await worked.happens(.attempt, .look)
            #expect(try await worked.fixture.store.removeUpstream(Worked.id, audit: nil))
            try await worked.happens(.hangUp, .ended)
        }
    }
}

/// A worker that runs with a conversation out of a script.
private struct Worked {
    static let id = UpstreamID("u-1")

    let fixture: StoreFixture
    let script: Script
    private let board = UpstreamBoard()

    var status: UpstreamStatus? { board[Self.id] }
    var kept: Upstream? {
        get async throws { try await fixture.store.upstreams().first { $0.id == Self.id } }
    }

    static func with(_ body: (Worked) async throws -> Void) async throws {
        try await StoreFixture.with { fixture in
            let worked = Worked(fixture: fixture, script: Script())
            try await fixture.store.addUpstream(upstream(at: fixture.clock.now.wall), audit: nil)
            guard let upstream = try await worked.kept else { throw EdgeError.notFound("the upstream") }
            var options = SyncOptions(
                version: "test", board: worked.board, radios: GatewayBoard(), registryChanged: {})
            // Longer than a test takes: nothing happens because real time passes.
            options.retry = RetryPolicy(first: .seconds(600), longest: .seconds(3_000), jitter: 0)
            let ledger = UpstreamLedger(
                upstream, store: fixture.store, options: options, logger: StoreFixture.quiet)
            let script = worked.script
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var worker = UpstreamWorker(ScriptedConversation(ledger: ledger, script: script))
                    _ = await worker.run()
                    script.happened(.ended)
                }
                try await body(worked)
                group.cancelAll()
            }
        }
    }

    /// The next things that happen are these.
    func happens(_ expected: Event..., at location: SourceLocation = #_sourceLocation) async throws {
        for event in expected {
            let next = await script.next()
            try #require(next == event, sourceLocation: location)
        }
    }

    /// The clock goes on, and the worker looks at it.
    func pass(_ time: Duration) {
        fixture.clock.advance(by: time)
        fixture.store.changes.raise()
    }

    private static func upstream(at now: Timestamp) -> Upstream {
        Upstream(
            id: id, url: "http://127.0.0.1:1", organization: StoreFixture.organization,
            gateway: GatewayID("gw-1"), credential: SecretBytes([1]), privateKey: SecretBytes([2]),
            centralKey: [3], pin: nil, createdAt: now)
    }
}

private enum Event: Hashable, Sendable {
    case attempt, look, forget, hangUp, ended
}

/// What the other side does, and what has happened, in order.
private final class Script: Sendable {
    enum Line: Sendable {
        case failed(String), refused(String), answer
        /// Nothing is due.
        case wait
    }

    private let lines = Mutex<[Line]>([])
    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1_000)) }

    func answers(_ more: Line...) { lines.withLock { $0 += more } }

    func happened(_ event: Event) { continuation.yield(event) }

    func line() -> Line { lines.withLock { $0.isEmpty ? .wait : $0.removeFirst() } }

    func next() async -> Event? { await stream.first { _ in true } }
}

private struct ScriptedConversation: UpstreamConversation {
    var ledger: UpstreamLedger
    let script: Script

    var known: SequenceRanges {
        script.happened(.look)
        return ledger.upstream.arrived
    }

    mutating func advance(at now: MonotonicInstant) async throws -> MonotonicInstant? {
        script.happened(.attempt)
        switch script.line() {
        case .failed(let reason): throw UpstreamFailure.failed(reason)
        case .refused(let reason): throw UpstreamFailure.refused(reason)
        case .answer:
            ledger.upstream.arrived.insert(1...3)
            ledger.hasAnswered(mark: 3)
            return nil
        case .wait: return now.advanced(by: .seconds(3_600))
        }
    }

    func forget() { script.happened(.forget) }
    func hangUp() async { script.happened(.hangUp) }
}
