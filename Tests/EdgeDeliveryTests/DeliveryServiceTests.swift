import EdgeDelivery
import EdgeModel
import EdgeStore
import GatewayTestSupport
import NIOCore
import ServiceLifecycle
import Testing

@Suite struct DeliveryServiceTests {
    private func webhook(_ url: String) -> Webhook {
        let now = EdgeClock.system.now().wall
        return Webhook(
            id: WebhookID("w"), organization: StoreFixture.organization, name: "W", url: url,
            maxBatchSize: 10,
            secret: SecretBytes(Array("token".utf8)), shape: .both, createdAt: now, updatedAt: now)
    }

    /// A service over a store with the system's clock.
    private func withService(
        _ rule: DestinationRule = DestinationRule(), retry: RetryPolicy = RetryPolicy(),
        _ body: (StoreFixture, DeliveryService) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let store = try Store(directory: directory.path, clock: .system, logger: StoreFixture.quiet)
            try await store.addOrganization(StoreFixture.organization, name: "One", at: Timestamp(seconds: 0))
            var options = DeliveryOptions(
                rule: rule, render: { packets, _ in ByteBuffer(string: "\(packets.count)") },
                trial: { ByteBuffer(string: "{}") })
            options.retry = retry
            let service = DeliveryService(store: store, options: options, logger: StoreFixture.quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: service, serviceName: "deliveries")], logger: StoreFixture.quiet
                ))
            async let running: Void = group.run()
            try await body(
                StoreFixture(directory: directory, clock: ManualClock(), store: store), service)
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    @Test func `a name is not connected to when its addresses are not permitted`() async throws {
        try await withService(DestinationRule(httpsOnly: true)) { _, service in
            // Registered while http was permitted.
            var failure: AttemptOutcome.Failure?
            // Names resolve once the service runs.
            for _ in 0..<100 where failure?.kind != .forbidden {
                if case .failed(let found) = try await service.test(webhook("http://localhost:9/")) {
                    failure = found
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(failure?.kind == .forbidden)
        }
    }

    @Test func `a delivery that lasts too long is given up, counted, and the next begins`() async throws {
        let retry = RetryPolicy(
            first: .milliseconds(100), longest: .milliseconds(100), patience: .seconds(2))
        try await withService(retry: retry) { fixture, _ in
            let store = fixture.store
            try await store.addWebhook(webhook("http://127.0.0.1:1/"), limit: 1)
            let device = try await fixture.register(1)
            let now = EdgeClock.system.now()
            _ = try await fixture.record(
                fixture.packet(1, of: device, at: now), fixture.packet(2, of: device, at: now))
            var progress = Webhook.Progress()
            for _ in 0..<500 where progress.failedDeliveries == 0 {
                try await Task.sleep(for: .milliseconds(20))
                progress = try await store.webhooks()[0].progress
            }
            #expect(progress.failedDeliveries == 1)
            #expect(progress.deliveries == 1)
            #expect(progress.cursor == 2)
            #expect(try await store.webhooks()[0].status == .failing)
            let hours = try await store.webhookHours(WebhookID("w"))
            #expect(hours.map(\.attempted).reduce(0, +) == 1)
            #expect(hours.map(\.failed).reduce(0, +) == 1)
            #expect(hours.map(\.retries).reduce(0, +) >= 2)
            #expect(hours.map(\.successful).reduce(0, +) == 0)
        }
    }
}
