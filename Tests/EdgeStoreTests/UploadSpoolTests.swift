import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UploadSpoolTests {
    private func batch(_ id: String, _ count: Int = 1, gateway: String = "g") -> UploadBatch {
        UploadBatch(
            name: UploadName(gateway: GatewayID(gateway), batchID: id),
            organization: StoreFixture.organization,
            sightings: (0..<count).map { number in
                ForeignSighting(
                    serviceData: Array("frame \(number)".utf8), rssi: RSSI(dBm: -70),
                    heardAt: Timestamp(microseconds: 1_772_366_400_123_456), clockQuality: .saved, count: 3,
                    location: Location(latitude: 1, longitude: 2, accuracy: 5))
            }, rejections: ["malformed": 2])
    }

    @Test func `a batch survives a crash as it was, and leaves with the commit of what was in it`()
        async throws
    {
        try await StoreFixture.with { fixture in
            _ = try await fixture.store.spool(batch("a", 2), at: fixture.clock.now)
            let reopened = try fixture.reopened()
            let upload = try #require(try await reopened.spooledUploads(limit: 10).first)
            #expect(upload.sightings == batch("a", 2).sightings)
            #expect(upload.uploadedAt == fixture.clock.now)
            var commit = IngestBatch()
            commit.finishedUploads = [upload.key]
            _ = try await reopened.record(commit)
            #expect(try await reopened.spooledUploads(limit: 10).isEmpty)
            #expect(try await reopened.uploadsWaiting() == 0)
        }
    }

    @Test func `the same name is taken once, also after it left the spool`() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.store.spool(batch("a", 2), at: fixture.clock.now)
            #expect(first == UploadReceipt(accepted: 2, rejections: ["malformed": 2], isRepeat: false))
            for upload in try await fixture.store.spooledUploads(limit: 10) {
                var commit = IngestBatch()
                commit.finishedUploads = [upload.key]
                _ = try await fixture.store.record(commit)
            }
            let again = try await fixture.store.spool(batch("a", 7), at: fixture.clock.now)
            #expect(again == UploadReceipt(accepted: 2, rejections: ["malformed": 2], isRepeat: true))
            #expect(try await !fixture.store.spool(batch("a", gateway: "h"), at: fixture.clock.now).isRepeat)
            #expect(try await fixture.store.uploadsWaiting() == 1)
        }
    }

    @Test func `a long batch waits in parts that one commit takes`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.store.spool(batch("long", 1_201), at: fixture.clock.now)
            #expect(
                try await fixture.store.spooledUploads(limit: 10).map(\.sightings.count) == [500, 500, 201])
            #expect(try await fixture.store.spooledUploads(limit: 2).count == 2)
        }
    }

    @Test func `names are remembered for a day, and what waits for as long as it takes`() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.store.spool(batch("done", 0), at: fixture.clock.now)
            _ = try await fixture.store.spool(batch("waits"), at: fixture.clock.now)
            let policy = RetentionPolicy(
                packetAge: .seconds(1_000_000), databaseSize: .max, rawFrameAge: .seconds(1_000_000),
                rawFrames: 10)
            fixture.clock.advance(by: .seconds(86_000))
            while try await fixture.store.enforce(policy) {}
            #expect(try await fixture.store.spool(batch("done"), at: fixture.clock.now).isRepeat)
            fixture.clock.advance(by: .seconds(1_000))
            while try await fixture.store.enforce(policy) {}
            #expect(try await !fixture.store.spool(batch("done"), at: fixture.clock.now).isRepeat)
            #expect(try await fixture.store.spool(batch("waits"), at: fixture.clock.now).isRepeat)
        }
    }
}
