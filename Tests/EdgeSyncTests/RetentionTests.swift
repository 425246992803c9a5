import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UpstreamRetentionTests {
    private static func upstream(_ fixture: StoreFixture, arrived: SequenceRanges) async throws {
        let upstream = try await fixture.addUpstream()
        var progress = UpstreamProgress(upstream)
        progress.arrived = arrived
        progress.reserved = 5_000
        try await fixture.store.note(progress, of: upstream.id)
    }

    private static func fill(_ fixture: StoreFixture, _ count: UInt64) async throws {
        let device = try await fixture.register(1)
        var batch = IngestBatch()
        batch.packets = (0..<count).map { fixture.packet($0, of: device) }
        _ = try await fixture.store.record(batch)
    }

    @Test func `a full database gives up first what the central has`() async throws {
        try await StoreFixture.with { fixture in
            try await Self.fill(fixture, 3_000)
            try await Self.upstream(fixture, arrived: SequenceRanges([1_001...2_500]))
            let policy = RetentionPolicy(
                packetAge: .seconds(86_400), databaseSize: 1, rawFrameAge: .seconds(1), rawFrames: 10)
            #expect(try await fixture.store.enforce(policy))
            let left = try await fixture.allPackets().map(\.sequence)
            #expect(left == Array(1...1_000) + Array(2_501...3_000))
            #expect(try await fixture.store.discards() == ["database_size": 1_500])
            while try await fixture.store.enforce(policy) {}
            let discards = try await fixture.store.discards()
            #expect(discards == ["database_size": 1_500, "database_size_unsent": 1_500])
        }
    }

    @Test func `a change of a packet that may have been sent is remembered until it is confirmed`()
        async throws
    {
        try await StoreFixture.with { fixture in
            try await Self.fill(fixture, 10)
            try await Self.upstream(fixture, arrived: SequenceRanges([1...10]))
            let at = fixture.clock.now.wall
            var batch = IngestBatch()
            batch.updates = [
                ReceptionUpdate(
                    packet: 4,
                    receptions: [
                        Reception(gateway: GatewayID("gw-2"), firstAt: at, lastAt: at, count: 3, rssi: nil)
                    ])
            ]
            _ = try await fixture.store.record(batch)
            let found = try await fixture.store.outgoingUpdates(
                StoreFixture.organization, after: 0, arrived: SequenceRanges([1...10]), limit: 10)
            #expect(found.updates.map(\.sequenceNumber) == [3])
            #expect(found.updates.first?.receptions.contains { $0.count == 3 } == true)
            let upstream = try #require(try await fixture.store.upstreams().first)
            var progress = UpstreamProgress(upstream)
            progress.updatesMark = found.through
            try await fixture.store.note(progress, of: upstream.id)
            let rest = try await fixture.store.outgoingUpdates(
                StoreFixture.organization, after: 0, arrived: SequenceRanges([1...10]), limit: 10)
            #expect(rest.updates.isEmpty)
        }
    }
}
