import EdgeModel
import EdgeRadio
import EdgeTestSupport
import Foundation
import Logging
import Testing

/// A scanner service on one virtual controller, run for the length of a test.
struct ScannerFixture: Sendable {
    let queue: SightingQueue
    let board = GatewayBoard()
    let service: HCIScannerService

    /// Short pauses, so that recovery is quick; silence stays long unless a test is about it.
    static var timings: HCIScannerTimings {
        var timings = HCIScannerTimings()
        timings.firstRetry = .milliseconds(5)
        timings.longestRetry = .milliseconds(20)
        timings.commandAnswer = .seconds(5)
        return timings
    }

    static func with(
        _ endpoints: [H4Endpoint], timings: HCIScannerTimings = Self.timings, capacity: Int = 100_000,
        _ body: (ScannerFixture) async throws -> Void
    ) async throws {
        let fixture = ScannerFixture(endpoints, timings: timings, capacity: capacity)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.service.run() }
            do { try await body(fixture) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    private init(_ endpoints: [H4Endpoint], timings: HCIScannerTimings, capacity: Int) {
        queue = SightingQueue(capacity: capacity)
        service = HCIScannerService(
            selection: .sources(endpoints.map { .h4($0) }), queue: queue, board: board, clock: .system,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), hostName: "roof",
            timings: timings)
    }

    /// Sightings until there are `count` of them.
    func sightings(_ count: Int) async throws -> [Sighting] {
        try await eventually("\(count) sightings") { queue.statistics.pending >= count }
        return await queue.next() ?? []
    }
}

/// Waits until `condition` holds, at most ten seconds.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("never happened: \(what)", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
