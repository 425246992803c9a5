import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct WaitingPacketTests {
    private static let policy = RetentionPolicy(
        packetAge: .seconds(86_400), databaseSize: .max, rawFrameAge: .seconds(86_400), rawFrames: 1_000)

    @Test func `a packet waits for its device as long as packets are kept, and what goes is counted`()
        async throws
    {
        try await ReceivingTests.central(device: false) { fixture in
            _ = try await ReceivingTests.receive(ReceivingTests.batch(1...5), fixture)
            #expect(try await fixture.store.enforce(Self.policy) == false)
            fixture.clock.advance(by: .seconds(86_401))
            _ = try await ReceivingTests.receive(ReceivingTests.batch(6...7), fixture)
            #expect(try await fixture.store.enforce(Self.policy))
            #expect(try await fixture.store.pendingPackets(of: StoreFixture.organization).packets == 2)
            #expect(try await fixture.store.discards()["pending_age"] == 5)
        }
    }

    @Test func `a backlog does not set back what is known of a device`() async throws {
        try await ReceivingTests.central { fixture in
            func packet(_ sequence: Int64, counter: UInt32, second: Int64) -> SyncPacket {
                var packet = ReceivingTests.packet(sequence)
                packet.platform = .lorawan
                packet.sequenceNumber = counter
                packet.receivedAt = Timestamp(seconds: 1_772_366_400 + second)
                return packet
            }
            func counter() async throws -> UInt32? {
                let handle = try #require(
                    try await fixture.store.registryChanges(after: 0, limit: 1).devices.first)
                return handle.frameCounter
            }
            func receive(_ packets: [SyncPacket]) async throws {
                let range = packets[0].sequence...packets[packets.count - 1].sequence
                let batch = SyncBatch(epoch: ReceivingTests.epoch, range: range, packets: packets)
                _ = try await ReceivingTests.receive(batch, fixture)
            }
            try await receive([packet(100, counter: 500, second: 900)])
            try await receive([packet(10, counter: 40, second: 90), packet(11, counter: 41, second: 91)])
            #expect(try await counter() == 500)
            // Also when the newer one is on the disk and the older ones are not.
            fixture.clock.advance(by: .seconds(301))
            try await receive([packet(101, counter: 501, second: 901)])
            try await receive([packet(102, counter: 502, second: 902)])
            try await receive([packet(12, counter: 42, second: 92)])
            #expect(try await counter() == 502)
            fixture.clock.advance(by: .seconds(301))
            try await receive([packet(13, counter: 43, second: 93)])
            try await receive([packet(14, counter: 44, second: 94)])
            #expect(try await counter() == 502)
        }
    }

    private static func receptions(_ fixture: StoreFixture) async throws -> [Set<String>] {
        try await fixture.allPackets().map { Set($0.packet.receptions.map(\.gateway.rawValue)) }
    }

    @Test func `what becomes known of a waiting packet is there once its device is`() async throws {
        try await ReceivingTests.central(device: false) { fixture in
            var first = ReceivingTests.batch(1...3)
            for index in first.packets.indices { first.packets[index].clockQuality = .none }
            _ = try await ReceivingTests.receive(first, fixture)
            // Of another history, the same again, and as an update.
            let other = ReceivingTests.batch(1...1, epoch: UniqueID(high: 8, low: 8), heardBy: "radio-2")
            _ = try await ReceivingTests.receive(other, fixture)
            _ = try await ReceivingTests.receive(ReceivingTests.batch(2...2, heardBy: "radio-2"), fixture)
            var update = SyncUpdate(ReceivingTests.packet(3, heardBy: "radio-2"))
            update.receivedAt = Timestamp(seconds: 1_772_000_000)
            let updates = SyncBatch(epoch: ReceivingTests.epoch, range: nil, updates: [update])
            _ = try await ReceivingTests.receive(updates, fixture)
            try await fixture.register(ReceivingTests.devEUI)
            // Registered, and not settled yet.
            update.receptions = ReceivingTests.packet(3, heardBy: "radio-3").receptions
            let late = SyncBatch(epoch: ReceivingTests.epoch, range: nil, updates: [update])
            _ = try await ReceivingTests.receive(late, fixture)
            #expect(try await fixture.store.settlePending() == 3)
            let found = try await Self.receptions(fixture)
            #expect(found.filter { $0 == ["radio-1", "radio-2"] }.count == 2)
            #expect(found.filter { $0 == ["radio-1", "radio-2", "radio-3"] }.count == 1)
            let dated = try await fixture.allPackets().filter { $0.packet.clockQuality != .none }
            #expect(dated.contains { $0.packet.receivedAt == Timestamp(seconds: 1_772_000_000) })
            #expect(try await fixture.store.discards().isEmpty)
        }
    }

    @Test func `an update whose packet is not here any more is counted`() async throws {
        try await ReceivingTests.central { fixture in
            let update = SyncUpdate(ReceivingTests.packet(1))
            let batch = SyncBatch(epoch: ReceivingTests.epoch, range: nil, updates: [update])
            _ = try await ReceivingTests.receive(batch, fixture)
            #expect(try await fixture.store.discards()["update_without_packet"] == 1)
        }
    }
}
