import BluetoothLE
import EdgeModel
import EdgeSimulation
import Foundation
import Logging
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct VirtualControllerTests {
    let legacy = (
        HCILESetScanParameters(timing: .continuous), HCILESetScanEnable(enable: true)
    )
    let extended = (
        HCILESetExtendedScanParameters(timing: .continuous), HCILESetExtendedScanEnable(enable: true)
    )

    func reports(_ count: Int) -> [LEExtendedAdvertisingReport] {
        BluetoothTraffic(SimulatedFleet(.init()), start: Timestamp(seconds: 1_800_000_000))
            .prefix(count).map(\.value)
    }

    /// Runs a controller that sends `reports` in batches of ten, and `body` with its address.
    func withController<Result: Sendable>(
        _ address: ListeningAddress = .tcp(host: "127.0.0.1", port: 0),
        sending reports: [LEExtendedAdvertisingReport], pace: Pace = .unlimited, reportsPerEvent: Int = 1,
        _ body: @escaping @Sendable (SocketAddress) async throws -> Result
    ) async throws -> Result {
        let (addresses, continuation) = AsyncStream.makeStream(of: SocketAddress.self)
        let paced = PacedSequence(
            reports.map { Timed(due: .zero, value: $0) }, pace: pace, batchLimit: 10,
            clock: ContinuousClock())
        let controller = VirtualController(
            address, reports: paced, reportsPerEvent: reportsPerEvent, logger: Logger(label: "test"),
            listening: { continuation.yield($0) })
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await controller.run()
                return nil
            }
            group.addTask {
                for await address in addresses { return try await body(address) }
                return nil
            }
            defer { group.cancelAll() }
            for try await case let result? in group { return result }
            throw HCIHost.Disconnected()
        }
    }

    @Test func `a host that scans gets every report, in order`() async throws {
        let sent = reports(500)
        let extended = extended
        let received = try await withController(sending: sent) { address in
            try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(500)
                return host.reports
            }
        }
        #expect(received == sent)
    }

    @Test func `several reports travel in one event, as many as fit`() async throws {
        let sent = reports(500)
        let (extended, legacy) = (extended, legacy)
        let eventCount = try await withController(sending: sent, reportsPerEvent: 10) { address in
            try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(500)
                return host.eventCount
            }
        }
        // An extended report of 31 bytes takes 55 of 253.
        #expect((125..<250).contains(eventCount))
        let received = try await withController(sending: sent, reportsPerEvent: 10) { address in
            try await HCIHost.connect(to: address) { host in
                try await host.startScan(legacy.0, legacy.1)
                try await host.waitForReports(500)
                return (host.reports, host.eventCount)
            }
        }
        #expect(received.0.map(\.data) == sent.map(\.data))
        // A legacy report takes 41.
        #expect((83..<150).contains(received.1))
    }

    @Test func `a host that goes and comes back finds the reports waiting`() async throws {
        // Slow enough that the first host never sees the end, however busy the machine is.
        let sent = reports(1_000)
        let extended = extended
        let counts = try await withController(sending: sent, pace: .rate(perSecond: 500)) { address in
            // Too early: this host does not scan.
            try await HCIHost.connect(to: address) { host in _ = try await host.send(HCIReset()) }
            let first = try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(10)
                _ = try await host.send(HCILESetExtendedScanEnable(enable: false))
                return host.reports.count
            }
            let second = try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(1_000 - first)
                return host.reports
            }
            return (first, second)
        }
        #expect(counts.0 >= 10)
        #expect(counts.1 == Array(sent.suffix(1_000 - counts.0)))
    }

    @Test func `a UNIX socket does as well`() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "holdfast-\(UUID().uuidString.prefix(8)).sock").path
        let extended = extended
        let count = try await withController(.unix(path: path), sending: reports(20)) { address in
            try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(20)
                return host.reports.count
            }
        }
        #expect(count == 20)
    }

    @Test func `a host that sends no H4 is disconnected, the next one is served`() async throws {
        let extended = extended
        let count = try await withController(sending: reports(20)) { address in
            await #expect(throws: HCIHost.Disconnected.self) {
                try await HCIHost.connect(to: address) { host in
                    try await host.sendNoise([0xEE, 0xEE])
                }
            }
            return try await HCIHost.connect(to: address) { host in
                try await host.startScan(extended.0, extended.1)
                try await host.waitForReports(20)
                return host.reports.count
            }
        }
        #expect(count == 20)
    }
}
