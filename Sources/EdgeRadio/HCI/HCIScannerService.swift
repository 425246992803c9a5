package import CoreMetrics
package import EdgeModel
package import Logging
import ServiceLifecycle

/// Scans for BLE advertisements on the selected sources and offers what devices send to the queue.
///
/// Each source has a thread of its own and a scanner that recovers by itself from whatever happens
/// to its controller; a missing adapter is no reason to end. The gateway of a source is
/// `edge-<host>-<adapter>`. Returns on graceful shutdown; throws only when the system gives no
/// thread or descriptor to start with.
package final class HCIScannerService: Service {
    private let selection: BluetoothSourceSelection
    private let queue: SightingQueue
    private let board: GatewayBoard
    private let clock: EdgeClock
    private let logger: Logger
    private let hostName: String
    private let timings: HCIScannerTimings
    private let metrics: HCIScannerMetrics
    private let statuses = HCIScannerStatusBoard()

    package init(
        selection: BluetoothSourceSelection, queue: SightingQueue, board: GatewayBoard, clock: EdgeClock,
        logger: Logger, hostName: String, timings: HCIScannerTimings = HCIScannerTimings(),
        metrics factory: any MetricsFactory = MetricsSystem.factory
    ) {
        self.selection = selection
        self.queue = queue
        self.board = board
        self.clock = clock
        self.logger = logger
        self.hostName = hostName
        self.timings = timings
        metrics = HCIScannerMetrics(factory: factory)
    }

    package func run() async throws {
        switch selection {
        case .off: try await gracefulShutdown()
        case .auto: try await scanEveryAdapter()
        case .sources(let sources): try await scan(sources)
        }
    }

    /// What each scanner is doing now, by adapter name.
    package func snapshot() -> [HCIScannerStatus] { statuses.snapshot() }

    private func scan(_ sources: [BluetoothSource]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (source, adapter) in zip(sources, Self.adapterNames(of: sources)) {
                group.addTask { try await self.scan(source, adapter: adapter) }
            }
            try await group.waitForAll()
        }
    }

    private func scanEveryAdapter() async throws {
        let (adapters, found) = AsyncStream.makeStream(
            of: UInt16.self,
            bufferingPolicy: .bufferingOldest(BluetoothSourceSelection.maximumSourceCount))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { found.finish() }
                let watcher = BluetoothAdapterWatcher(logger: self.logger)
                try await runOnDedicatedThread(named: "ble-watch") { stop in
                    watcher.run(until: stop) { found.yield($0) }
                }
            }
            for await adapter in adapters {
                group.addTask { try await self.scan(.adapter(adapter), adapter: "hci\(adapter)") }
            }
            try await group.waitForAll()
        }
    }

    private func scan(_ source: BluetoothSource, adapter: String) async throws {
        let gateway = GatewayID("edge-\(hostName)-\(adapter)")
        try await runOnDedicatedThread(named: "ble-\(adapter)") { [self] stop in
            var scanner = HCIScanner(
                source: source,
                status: HCIScannerStatus(adapter: adapter, gateway: gateway, condition: .starting),
                clock: clock, timings: timings,
                receiver: AdvertisingReceiver(
                    gateway: gateway, queue: queue, board: board, metrics: metrics),
                metrics: metrics, statuses: statuses,
                log: HCIScannerLog(logger: logger, adapter: adapter))
            scanner.run(until: stop)
        }
    }

    /// `hci0` for an adapter; `h4`, `h4-2` and so on for controllers behind a stream, in their order.
    static func adapterNames(of sources: [BluetoothSource]) -> [String] {
        var streams = 0
        return sources.map { source in
            switch source {
            case .adapter(let number): return "hci\(number)"
            case .h4:
                streams += 1
                return streams == 1 ? "h4" : "h4-\(streams)"
            }
        }
    }
}
