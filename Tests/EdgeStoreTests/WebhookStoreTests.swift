import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct WebhookStoreTests {
    private func webhook(_ id: String, _ organization: OrganizationID = StoreFixture.organization) -> Webhook
    {
        Webhook(
            id: WebhookID(id), organization: organization, name: id, url: "https://a.example/",
            maxBatchSize: 10, secret: SecretBytes(Array("secret of \(id)".utf8)), shape: .both,
            createdAt: ManualClock.noon, updatedAt: ManualClock.noon)
    }

    private func fill(_ fixture: StoreFixture, _ device: RegisteredDevice, _ numbers: ClosedRange<UInt64>)
        async throws
    {
        var batch = IngestBatch()
        batch.packets = numbers.map { fixture.packet($0, of: device) }
        _ = try await fixture.store.record(batch)
    }

    private func progress(_ fixture: StoreFixture, _ id: String = "w") async throws -> Webhook.Progress {
        try #require(try await fixture.store.webhook(WebhookID(id), of: StoreFixture.organization)).progress
    }

    @Test func `a webhook begins at the newest packet and keeps its secret over a crash`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            try await fill(fixture, device, 1...5)
            try await fixture.store.addWebhook(webhook("w"), limit: 1)
            #expect(try await progress(fixture).cursor == 5)
            let again = try fixture.reopened()
            let found = try #require(try await again.webhooks().first)
            #expect(found.secret.bytes == Array("secret of w".utf8))
            #expect(found.progress.cursor == 5)
        }
    }

    @Test func `another organization's webhook is not there, and the limit holds`() async throws {
        try await StoreFixture.with { fixture in
            let other = OrganizationID("org-2")
            try await fixture.store.addOrganization(other, name: "Two", at: ManualClock.noon)
            try await fixture.store.addWebhook(webhook("w"), limit: 1)
            try await fixture.store.addWebhook(webhook("v", other), limit: 1)
            await #expect(throws: EdgeError.self) {
                try await fixture.store.addWebhook(webhook("x"), limit: 1)
            }
            let id = WebhookID("w")
            #expect(try await fixture.store.webhook(id, of: other) == nil)
            #expect(try await fixture.store.updateWebhook(id, of: other, WebhookChange()) == nil)
            #expect(try await !fixture.store.deleteWebhook(id, of: other))
            #expect(try await fixture.store.webhooks(of: other).map(\.id.rawValue) == ["v"])
            #expect(try await fixture.store.deleteWebhook(id, of: StoreFixture.organization))
            #expect(try await fixture.store.webhooks().map(\.id.rawValue) == ["v"])
            try await fixture.store.addWebhook(webhook("x"), limit: 1)
        }
    }

    @Test func `what came of attempts is counted by the hour with the cursor`() async throws {
        try await StoreFixture.with { fixture in
            let id = WebhookID("w")
            try await fixture.store.addWebhook(webhook("w"), limit: 1)
            let attempts: [(AttemptRecord.Result, Int64, Bool)] = [
                (.delivered, 3, false), (.failed("no"), 6, false), (.failed("no"), 6, true),
                (.delivered, 6, true), (.failed("no"), 9, false), (.parked("no"), 9, true),
            ]
            for (result, through, isRetry) in attempts {
                let record = AttemptRecord(
                    result, through: through, isRetry: isRetry, duration: .milliseconds(20))
                #expect(try await fixture.store.record(record, of: id))
            }
            let progress = try await progress(fixture)
            #expect(progress.cursor == 9)
            #expect(progress.deliveries == 3)
            #expect(progress.failedDeliveries == 1)
            #expect(progress.lastDeliveryAt == ManualClock.noon)
            fixture.clock.advance(by: .seconds(3_600))
            let late = AttemptRecord(.delivered, through: 10, isRetry: false, duration: .milliseconds(7))
            #expect(try await fixture.store.record(late, of: id))
            let hours = try await fixture.store.webhookHours(id)
            #expect(
                hours == [
                    WebhookHour(
                        hour: ManualClock.noon, attempted: 3, successful: 2, failed: 1, retries: 3,
                        durationMilliseconds: 120),
                    WebhookHour(
                        hour: Timestamp(seconds: ManualClock.noon.seconds + 3_600), attempted: 1,
                        successful: 1, failed: 0, retries: 0, durationMilliseconds: 7),
                ])
            _ = try await fixture.store.deleteWebhook(id, of: StoreFixture.organization)
            #expect(try await !fixture.store.record(late, of: id))
            #expect(try await fixture.store.webhookHours(id).count == 2)
        }
    }

    @Test func `a backlog over its limit loses the oldest, counted`() async throws {
        try await StoreFixture.with { fixture in
            let id = WebhookID("w")
            let device = try await fixture.register(1)
            try await fixture.store.addWebhook(webhook("w"), limit: 1)
            try await fill(fixture, device, 1...50)
            let limit = BacklogLimit(packets: 20, age: .seconds(60))
            #expect(try await fixture.store.dropBacklog(of: id, beyond: limit) == 30)
            #expect(try await progress(fixture).droppedPackets == 30)
            #expect(try await fixture.store.dropBacklog(of: id, beyond: limit) == 30)
            fixture.clock.advance(by: .seconds(50))
            try await fill(fixture, device, 51...55)
            fixture.clock.advance(by: .seconds(20))
            #expect(try await fixture.store.dropBacklog(of: id, beyond: limit) == 50)
            #expect(try await progress(fixture).droppedPackets == 50)
            #expect(try await fixture.store.discards()["webhook_backlog"] == 50)
            let page = try await fixture.store.packets(
                after: 50, through: 55, of: StoreFixture.organization, limit: 3)
            #expect(page.entries.map(\.sequence) == [51, 52, 53])
            #expect(page.next == 53)
        }
    }

    @Test func `a clock that was never set makes nothing old`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            try await fixture.store.addWebhook(webhook("w"), limit: 1)
            try await fill(fixture, device, 1...5)
            fixture.clock.setWall(Timestamp(seconds: 60))
            let limit = BacklogLimit(packets: 20, age: .zero)
            #expect(try await fixture.store.dropBacklog(of: WebhookID("w"), beyond: limit) == 0)
        }
    }

    @Test func `packets that retention takes before they were delivered are counted`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            try await fixture.store.addWebhook(webhook("w"), limit: 2)
            try await fill(fixture, device, 1...10)
            try await fixture.store.addWebhook(webhook("v"), limit: 2)
            fixture.clock.advance(by: .seconds(7_200))
            try await fill(fixture, device, 11...12)
            let policy = RetentionPolicy(
                packetAge: .seconds(3_600), databaseSize: .max, rawFrameAge: .seconds(1), rawFrames: 1)
            while try await fixture.store.enforce(policy) {}
            #expect(try await progress(fixture).cursor == 10)
            #expect(try await progress(fixture).droppedPackets == 10)
            #expect(try await progress(fixture, "v").droppedPackets == 0)
        }
    }

    @Test func `a new address ends the pause of a receiver that was gone, not that of the owner`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let id = WebhookID("w")
            let store = fixture.store
            try await store.addWebhook(webhook("w"), limit: 1)
            let gone = AttemptRecord(.gone, through: 1, isRetry: false, duration: .zero)
            #expect(try await store.record(gone, of: id))
            #expect(try await store.webhooks()[0].status == .paused)
            var moved = WebhookChange()
            moved.url = "https://b.example/"
            let changed = try await store.updateWebhook(id, of: StoreFixture.organization, moved)
            #expect(changed?.status == .active)
            var paused = WebhookChange()
            paused.isPaused = true
            _ = try await store.updateWebhook(id, of: StoreFixture.organization, paused)
            moved.url = "https://c.example/"
            let again = try await store.updateWebhook(id, of: StoreFixture.organization, moved)
            #expect(again?.pause == .owner)
        }
    }
}
