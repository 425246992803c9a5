package import EdgeModel
package import EdgeStore
package import Logging
import ServiceLifecycle

/// Delivers packets to webhooks: each in its own order and at its own pace, none held up by another.
///
/// At least once: the cursor moves with the confirmation, and what was sent without one is sent again.
/// When the gateway is told to stop, an attempt that is under way has a few seconds to be confirmed.
package struct DeliveryService: Service {
    private let store: Store
    private let options: DeliveryOptions
    private let slots: AttemptSlots
    private let doubtfulSlots: AttemptSlots
    private let resolver: AddressResolver
    private let logger: Logger
    private let metrics = DeliveryMetrics()

    package init(store: Store, options: DeliveryOptions, logger: Logger) {
        self.store = store
        self.options = options
        self.logger = logger
        slots = AttemptSlots(count: options.connections)
        doubtfulSlots = AttemptSlots(count: options.doubtfulConnections)
        resolver = AddressResolver()
    }

    package func run() async throws {
        let stop = StopFlag()
        resolver.start()
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await self.superviseWorkers(until: stop) }
                group.addTask { await self.untilGraceEnds(stop) }
                // The workers have ended, or their time is up.
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            stop.raise()
            store.changes.raise()
            store.eventChanges.raise()
        }
        resolver.shutDown()
        try await gracefulShutdown()
    }

    /// Sends the trial body to a webhook now, as a delivery would go, whatever its state is.
    package func test(_ webhook: Webhook) async throws -> AttemptOutcome {
        try await doubtfulSlots.with {
            var connection = DeliveryConnection(rule: options.rule, resolver: resolver, clock: store.clock)
            do {
                let outcome = try await connection.post(
                    options.trial(), to: webhook.url, secret: webhook.secret)
                await connection.close()
                return outcome
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    private func superviseWorkers(until stop: StopFlag) async {
        await withDiscardingTaskGroup { group in
            var known: Set<WebhookID> = []
            var revision: Int64 = -1
            while true {
                // Looked at first, so that no change falls between the looks and the waiting.
                let seen = store.changes.count
                guard !stop.isRaised, !Task.isCancelled else { break }
                let latest = store.webhookRevision
                if latest != revision {
                    do {
                        let webhooks = try await store.webhooks()
                        for webhook in webhooks where known.insert(webhook.id).inserted {
                            var worker = WebhookWorker(
                                webhook, store: store, options: options, resolver: resolver, slots: slots,
                                doubtfulSlots: doubtfulSlots,
                                metrics: metrics, stop: stop, logger: logger)
                            group.addTask { await worker.run() }
                            var teller = EventWorker(
                                webhook, store: store, options: options, resolver: resolver,
                                slots: doubtfulSlots, stop: stop, logger: logger)
                            group.addTask { await teller.run() }
                        }
                        // Identifiers are never used again, so a worker that ended is not missed.
                        known.formIntersection(webhooks.map(\.id))
                        revision = latest
                    } catch {
                        if Task.isCancelled { break }
                        logger.error("webhooks cannot be read", metadata: ["error": "\(error)"])
                        await store.changes.wait(after: seen, atMost: .seconds(1))
                        continue
                    }
                }
                await store.changes.wait(after: seen)
            }
        }
    }

    private func untilGraceEnds(_ stop: StopFlag) async {
        var seen = store.changes.count
        while !stop.isRaised, !Task.isCancelled {
            await store.changes.wait(after: seen)
            seen = store.changes.count
        }
        try? await Task.sleep(for: options.grace)
    }
}
