import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// Whoever reaches the port of packet forwarders can make up gateways.
@Suite struct GatewayNameTests {
    private static let rawFrameLimit = 10_000
    private static let limit = 50_000

    /// As so many forwarders leave it behind that were made up.
    private static func name(_ count: Int, _ fixture: StoreFixture) throws {
        try fixture.sql(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO gateway (id) SELECT 'made-up-' || i FROM n
            """)
    }

    private static func strangers(_ range: Range<Int>, _ fixture: StoreFixture) -> IngestBatch {
        var batch = IngestBatch()
        batch.rawFrames = range.map { number in
            RawFrame(
                kind: .hubbleCTR, lookup: UInt64(number),
                sighting: Sighting(
                    gateway: GatewayID("made-up-\(number)"), receivedAt: fixture.clock.now, rssi: nil,
                    frame: .hubble(serviceData: withUnsafeBytes(of: number) { Array($0) })),
                clockQuality: .saved)
        }
        return batch
    }

    @Test func `strangers from gateways without end take names from no device`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            try Self.name(Self.rawFrameLimit - 50, fixture)
            _ = try await fixture.store.record(Self.strangers(20_000..<20_100, fixture))
            #expect(fixture.store.unnamedReceptions == 50)
            #expect(try await fixture.store.rawFrameCount() == 100)
            _ = try await fixture.record(fixture.packet(1, of: device, gateway: "new"))
            let packet = try #require(try await fixture.allPackets().first).packet
            #expect(packet.receptions.map(\.gateway) == [GatewayID("new")])
        }
    }

    @Test func `packets from more gateways than can be named are stored under one name`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            try Self.name(Self.limit - 10, fixture)
            var batch = IngestBatch()
            batch.packets = (0..<20).map { fixture.packet($0, of: device, gateway: "gw-\($0)") }
            _ = try await fixture.store.record(batch)
            let packets = try await fixture.allPackets().map(\.packet)
            #expect(packets.count == 20)
            let named = Set(packets.flatMap { $0.receptions.map(\.gateway) })
            #expect(named.count == 11)
            #expect(named.contains(GatewayID("others")))
            #expect(fixture.store.unnamedReceptions == 10)
        }
    }

    @Test func `names that nothing is from any more are forgotten, and the others kept`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device, gateway: "first"))
            try Self.name(Self.rawFrameLimit - 10, fixture)
            _ = try await fixture.store.record(Self.strangers(20_000..<20_010, fixture))
            let policy = RetentionPolicy(
                packetAge: .seconds(86_400), databaseSize: .max, rawFrameAge: .seconds(86_400), rawFrames: 0)
            while try await fixture.store.enforce(policy) {}
            _ = try await fixture.record(fixture.packet(2, of: device, gateway: "second"))
            #expect(try await fixture.store.tidyGatewayNames() == Self.rawFrameLimit)
            _ = try await fixture.record(fixture.packet(3, of: device, gateway: "third"))
            _ = try await fixture.store.record(Self.strangers(0..<1, fixture))
            let names = try await fixture.allPackets().flatMap { entry in
                entry.packet.receptions.map(\.gateway.rawValue)
            }
            #expect(names == ["first", "second", "third"])
            #expect(fixture.store.unnamedReceptions == 1)
        }
    }
}
