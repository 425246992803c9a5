package import EdgeDelivery
package import EdgeModel
package import EdgeStore
package import Logging
import ServiceLifecycle
import Synchronization

/// What the operator may choose about sending to centrals, and what the gateway says of itself.
package struct SyncOptions: Sendable {
    package var version: String
    package var retry = RetryPolicy(
        first: .seconds(1), longest: .seconds(60), jitter: 0.5, patience: .seconds(Int64.max / 2_000_000_000))
    package var timings = SyncPlanner.Timings()
    /// Nil where there is no limit; each upstream has its own share.
    package var bytesPerSecond: Int?
    /// When this process began.
    package var began = MonotonicInstant(nanoseconds: 0)
    package var board: UpstreamBoard
    package var radios: GatewayBoard
    /// Called with the time that a central told, and when it was heard.
    package var timeTold: @Sendable (Timestamp, MonotonicInstant) -> Void = { _, _ in }
    /// Called with what a central's settings have changed, before anything else is written.
    package var settingsTaken: @Sendable (SettingsOutcome, OrganizationID) -> Void = { _, _ in }
    /// Called with devices whose sessions are others than before, because a central said so.
    package var sessionsShared: @Sendable ([DeviceHandle]) -> Void = { _ in }
    /// Called after each change of the registry that came from a central.
    package var registryChanged: @Sendable () -> Void

    package init(
        version: String, board: UpstreamBoard, radios: GatewayBoard,
        registryChanged: @escaping @Sendable () -> Void
    ) {
        self.registryChanged = registryChanged
        self.version = version
        self.board = board
        self.radios = radios
    }
}

/// Sends what the gateway has to its centrals, each at its own pace, and fetches what they have for it.
package struct SyncService: Service {
    /// Called with what is to be written down, once a worker has ended.
    private typealias Leaving = @Sendable (UpstreamLedger) -> Void

    private let store: Store
    private let options: SyncOptions
    private let logger: Logger

    package init(store: Store, options: SyncOptions, logger: Logger) {
        self.store = store
        self.options = options
        self.logger = logger
    }

    package func run() async throws {
        let resolver = AddressResolver()
        resolver.start()
        let left = Mutex<[UpstreamLedger]>([])
        await cancelWhenGracefulShutdown {
            await supervise(resolver) { ledger in left.withLock { $0.append(ledger) } }
        }
        resolver.shutDown()
        for ledger in left.withLock({ $0 }) { await note(ledger) }
        try await gracefulShutdown()
    }

    private func note(_ ledger: UpstreamLedger) async {
        var ledger = ledger
        do {
            try await ledger.note()
        } catch {
            // The next start begins further back and sends again what has arrived: a repeat, no loss.
            ledger.logger.warning("progress not noted", metadata: ["error": "\(error)"])
        }
    }

    private func start(
        _ upstream: Upstream, in group: inout DiscardingTaskGroup, _ resolver: AddressResolver,
        left: @escaping Leaving
    ) throws {
        let ledger = UpstreamLedger(upstream, store: store, options: options, logger: logger)
        if let registration = upstream.hubble {
            start(try HubbleConversation(ledger, registration, resolver: resolver), in: &group, left: left)
        } else {
            start(try CentralConversation(ledger, resolver: resolver), in: &group, left: left)
        }
    }

    private func start(
        _ conversation: some UpstreamConversation, in group: inout DiscardingTaskGroup,
        left: @escaping Leaving
    ) {
        group.addTask {
            var worker = UpstreamWorker(conversation)
            if let ledger = await worker.run() { left(ledger) }
        }
    }

    /// One worker for each upstream; a worker ends by itself when its upstream is gone. `left` is called for
    /// each that has ended otherwise.
    private func supervise(_ resolver: AddressResolver, left: @escaping Leaving) async {
        await withDiscardingTaskGroup { group in
            var known: Set<UpstreamID> = []
            var revision: Int64 = -1
            while !Task.isCancelled {
                // Looked at first, so that no change falls between the look and the waiting.
                let seen = store.changes.count
                let latest = store.upstreamRevision
                if latest != revision {
                    do {
                        let upstreams = try await store.upstreams()
                        for upstream in upstreams where known.insert(upstream.id).inserted {
                            try start(upstream, in: &group, resolver, left: left)
                        }
                        // Identifiers are never used again, so a worker that ended is not missed.
                        known.formIntersection(upstreams.map(\.id))
                        options.board.keep(known)
                        revision = latest
                    } catch {
                        if Task.isCancelled { break }
                        logger.error("upstreams cannot be read", metadata: ["error": "\(error)"])
                        await store.changes.wait(after: seen, atMost: .seconds(5))
                        continue
                    }
                }
                await store.changes.wait(after: seen)
            }
        }
    }
}
