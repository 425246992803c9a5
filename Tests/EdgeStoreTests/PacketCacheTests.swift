import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// What is served from memory is what the database says.
@Suite struct PacketCacheTests {
    /// As they are served the second time: what is read twice is kept.
    private static func served(_ fixture: StoreFixture, limit: Int = 10) async throws -> [PacketEntry] {
        _ = try await fixture.allPackets(limit: limit)
        return try await fixture.allPackets(limit: limit)
    }

    @Test func `a page that is asked for again is made of the same objects`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            for number in 1...25 { _ = try await fixture.record(fixture.packet(UInt64(number), of: device)) }
            let first = try await Self.served(fixture)
            let second = try await Self.served(fixture)
            #expect(first.map(\.sequence) == Array(1...25))
            #expect(zip(first, second).allSatisfy { $0 === $1 })
            // And a new packet does not hide behind them.
            _ = try await fixture.record(fixture.packet(26, of: device))
            #expect(try await Self.served(fixture).map(\.sequence) == Array(1...26))
        }
    }

    @Test func `a walk through many packets leaves what is asked for again`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            var batch = IngestBatch()
            batch.packets = (1...5_000).map { fixture.packet(UInt64($0), of: device) }
            _ = try await fixture.store.record(batch)
            func first() async throws -> [PacketEntry] {
                let query = PacketQuery(
                    organization: StoreFixture.organization,
                    received: Timestamp(microseconds: .min)..<Timestamp(microseconds: .max), limit: 10,
                    through: fixture.store.lastSequence)
                return try await fixture.store.packets(query).entries
            }
            _ = try await first()
            let kept = try await first()
            _ = try await fixture.allPackets(limit: 40)
            #expect(zip(kept, try await first()).allSatisfy { $0 === $1 })
        }
    }

    @Test func `another reception of a packet is seen at once`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            let packet = fixture.packet(1, of: device)
            _ = try await fixture.record(packet)
            let before = try #require(try await Self.served(fixture).first)
            #expect(before.packet.receptions.count == 1)
            var batch = IngestBatch()
            let better = Reception(
                gateway: GatewayID("gw-2"), firstAt: fixture.clock.now.wall, lastAt: fixture.clock.now.wall,
                count: 3, rssi: RSSI(dBm: -40))
            batch.updates = [
                ReceptionUpdate(packet: before.sequence, receptions: packet.receptions + [better])
            ]
            _ = try await fixture.store.record(batch)
            let after = try #require(try await Self.served(fixture).first)
            #expect(after.packet.receptions.map(\.gateway.rawValue) == ["gw-2", "gw-1"])
        }
    }

    @Test func `a new name of the device is seen at once`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            #expect(try await Self.served(fixture).first?.label.name == "Device 1")
            _ = try await fixture.store.update(device.device.id, in: StoreFixture.organization) {
                $0.name = "Other"
            }
            #expect(try await Self.served(fixture).first?.label.name == "Other")
        }
    }

    @Test func `a new date is seen at once`() async throws {
        let clock = ManualClock(wall: Timestamp(seconds: 60))
        try await StoreFixture.with(clock: clock) { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            #expect(try await Self.served(fixture).first?.packet.receivedAt == Timestamp(seconds: 60))
            clock.setWall(Timestamp(seconds: 1_800_000_000))
            _ = try await fixture.store.redate(by: clock.now)
            #expect(
                try await Self.served(fixture).first?.packet.receivedAt == Timestamp(seconds: 1_800_000_000))
        }
    }

    @Test func `what retention took is not served`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            #expect(try await Self.served(fixture).count == 1)
            fixture.clock.advance(by: .seconds(7_200))
            _ = try await fixture.store.enforce(
                RetentionPolicy(
                    packetAge: .seconds(3_600), databaseSize: .max, rawFrameAge: .seconds(3_600),
                    rawFrames: 10))
            #expect(try await Self.served(fixture).isEmpty)
        }
    }

    @Test func `more packets than are kept are served all the same`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            var batch = IngestBatch()
            batch.packets = (1...5_000).map { fixture.packet(UInt64($0), of: device) }
            _ = try await fixture.store.record(batch)
            for _ in 0..<2 {
                #expect(try await Self.served(fixture, limit: 700).map(\.sequence) == Array(1...5_000))
            }
        }
    }

    @Test func `a window that moves on leaves out what it has passed`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            let begin = fixture.clock.now.wall
            for number in 1...6 {
                _ = try await fixture.record(fixture.packet(UInt64(number), of: device))
                fixture.clock.advance(by: .seconds(10))
            }
            func page(from seconds: Int) async throws -> [Int64] {
                let from = begin.advanced(byMicroseconds: Int64(seconds) * 1_000_000)
                let query = PacketQuery(
                    organization: StoreFixture.organization,
                    received: from..<Timestamp(microseconds: .max), limit: 3,
                    through: fixture.store.lastSequence)
                _ = try await fixture.store.packets(query)
                return try await fixture.store.packets(query).entries.map(\.sequence)
            }
            #expect(try await page(from: -5) == [1, 2, 3])
            #expect(try await page(from: 0) == [1, 2, 3])
            #expect(try await page(from: 5) == [2, 3, 4])
            #expect(try await page(from: 25) == [4, 5, 6])
            // A window that begins earlier again finds what it had passed.
            #expect(try await page(from: -5) == [1, 2, 3])
        }
    }
}
