import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct UpkeepTests {
    private let day = Duration.seconds(86_400)

    @Test func `packets past their age are discarded and counted, and their numbers never used again`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            fixture.clock.advance(by: day * 3)
            _ = try await fixture.record(fixture.packet(2, of: device))
            let policy = RetentionPolicy(
                packetAge: day * 2, databaseSize: .max, rawFrameAge: day, rawFrames: 10)
            while try await fixture.store.enforce(policy) {}
            #expect(try await fixture.allPackets().map(\.sequence) == [2])
            #expect(try await fixture.store.discards() == ["packet_age": 1])
        }
    }

    @Test func `a database over its size gives up its oldest packets`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            var batch = IngestBatch()
            batch.packets = (0..<3_000).map { fixture.packet($0, of: device) }
            _ = try await fixture.store.record(batch)
            let policy = RetentionPolicy(packetAge: day, databaseSize: 1, rawFrameAge: day, rawFrames: 10)
            #expect(try await fixture.store.enforce(policy))
            #expect(try await fixture.allPackets().first?.sequence == 2_001)
        }
    }

    @Test func `a packet without a date has no age, and keeps none behind it`() async throws {
        let clock = ManualClock(wall: Timestamp(seconds: 100))
        try await StoreFixture.with(clock: clock) { fixture in
            let device = try await fixture.register(1)
            var undated = fixture.packet(1, of: device)
            undated.clockQuality = .none
            // Of a boot that is over: nobody will ever know when it was.
            undated.boot = 4_711
            _ = try await fixture.record(undated)
            var batch = IngestBatch()
            batch.rawFrames = [
                RawFrame(
                    kind: .hubbleCTR, lookup: 1,
                    sighting: Sighting(
                        gateway: GatewayID("gw"), receivedAt: clock.now, rssi: nil,
                        frame: .hubble(serviceData: [0, 0, 1])), clockQuality: .none)
            ]
            _ = try await fixture.store.record(batch)
            clock.setWall(Timestamp(seconds: 1_800_000_000))
            _ = try await fixture.record(fixture.packet(2, of: device))
            clock.advance(by: day * 3)
            _ = try await fixture.record(fixture.packet(3, of: device))
            let policy = RetentionPolicy(
                packetAge: day * 2, databaseSize: .max, rawFrameAge: day, rawFrames: 10)
            while try await fixture.store.enforce(policy) {}
            #expect(try await fixture.allPackets().map(\.sequence) == [1, 3])
            #expect(try await fixture.store.rawFrameCount() == 1)
            #expect(try await fixture.store.discards() == ["packet_age": 1])
        }
    }

    @Test func `nothing is old before the clock is set`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            fixture.clock.setWall(Timestamp(seconds: 100))
            let policy = RetentionPolicy(
                packetAge: .seconds(1), databaseSize: .max, rawFrameAge: .seconds(1), rawFrames: 10)
            #expect(try await fixture.store.enforce(policy) == false)
        }
    }

    @Test func `raw frames are kept once, counted, and bounded`() async throws {
        try await StoreFixture.with { fixture in
            func frame(_ number: UInt8) -> RawFrame {
                RawFrame(
                    kind: .hubbleCTR, lookup: UInt64(number),
                    sighting: Sighting(
                        gateway: GatewayID("gw"), receivedAt: fixture.clock.now, rssi: nil,
                        frame: .hubble(serviceData: [0, 0, number])), clockQuality: .saved)
            }
            var batch = IngestBatch()
            batch.rawFrames = [frame(1), frame(1), frame(2), frame(3)]
            _ = try await fixture.store.record(batch)
            let kept = try await fixture.store.rawFrames(kind: .hubbleCTR, lookups: [1], limit: 10)
            #expect(kept.map(\.frame.count) == [2])
            let policy = RetentionPolicy(packetAge: day, databaseSize: .max, rawFrameAge: day, rawFrames: 2)
            while try await fixture.store.enforce(policy) {}
            #expect(try await fixture.store.rawFrameCount() <= 2)
        }
    }

    @Test func `rows from before the clock was set get their real time`() async throws {
        let clock = ManualClock(wall: Timestamp(seconds: 5))
        try await StoreFixture.with(clock: clock) { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            clock.advance(by: .seconds(90))
            clock.setWall(ManualClock.noon)
            #expect(try await fixture.store.redate(by: clock.now) == 1)
            #expect(try await fixture.store.redate(by: clock.now) == 0)
            let packet = try #require(try await fixture.allPackets().first).packet
            #expect(packet.receivedAt == ManualClock.noon.advanced(byMicroseconds: -90_000_000))
            #expect(packet.clockQuality == .saved)
            #expect(fixture.store.quarantinedPackets == 0)
        }
    }
}
