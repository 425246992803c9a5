import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

@Suite struct ReceivingTests {
    static let gateway = GatewayID("gw-a")
    static let epoch = UniqueID(high: 9, low: 9)
    static let devEUI: UInt64 = 0x70B3_D500_0000_0001

    /// A central with one gateway enrolled and, unless told otherwise, one device.
    static func central(
        device: Bool = true, _ body: (StoreFixture) async throws -> Void
    ) async throws {
        try await StoreFixture.with { fixture in
            try await enroll(gateway, fixture)
            if device { try await fixture.register(devEUI) }
            try await body(fixture)
        }
    }

    static func enroll(_ id: GatewayID, _ fixture: StoreFixture) async throws {
        let now = fixture.store.moment
        try await fixture.store.addEnrollment(
            EnrolledGateway(
                id: id, organization: StoreFixture.organization, name: id.rawValue,
                createdAt: now.wall), code: EnrollmentCode(hash: Array(id.rawValue.utf8), madeAt: now),
            audit: nil)
    }

    static func packet(
        _ number: Int64, heardBy station: String = "radio-1", text: String? = nil
    ) -> SyncPacket {
        let at = Timestamp(seconds: 1_772_366_400 + number)
        return SyncPacket(
            sequence: number, id: UniqueID(high: 1, low: UInt64(number)), devEUI: EUI64(rawValue: devEUI),
            platform: .ble, protection: .decrypted, payload: Array((text ?? "row \(number)").utf8),
            counter: 3, sequenceNumber: UInt32(number), fPort: nil, receivedAt: at, clockQuality: .saved,
            receptions: [
                Reception(
                    gateway: GatewayID(station), firstAt: at, lastAt: at, count: 1, rssi: RSSI(dBm: -70))
            ])
    }

    static func batch(_ numbers: ClosedRange<Int64>, epoch: UniqueID = epoch, heardBy: String = "radio-1")
        -> SyncBatch
    {
        SyncBatch(epoch: epoch, range: numbers, packets: numbers.map { packet($0, heardBy: heardBy) })
    }

    static func receive(
        _ batch: SyncBatch, from id: GatewayID = gateway, _ fixture: StoreFixture
    ) async throws -> SyncReceipt {
        try #require(try await fixture.store.receive([(batch, id)]).first).get()
    }

    @Test func `batches in any order, more than once, are each packet once`() async throws {
        try await Self.central { fixture in
            #expect(try await Self.receive(Self.batch(6...9), fixture).received.ranges == [6...9])
            #expect(try await Self.receive(Self.batch(1...3), fixture).received.mark == 3)
            let again = try await Self.receive(Self.batch(6...9), fixture)
            #expect(again.stored == 0)
            #expect(again.conflicts == 0)
            #expect(try await Self.receive(Self.batch(2...7), fixture).received.ranges == [1...9])
            let found = try await fixture.allPackets()
            #expect(Set(found.map { String(decoding: $0.packet.payload, as: UTF8.self) }).count == 9)
            #expect(found.count == 9)
        }
    }

    @Test func `one packet of two gateways has both receptions, in every order`() async throws {
        for reversed in [false, true] {
            try await Self.central { fixture in
                let other = GatewayID("gw-b")
                try await Self.enroll(other, fixture)
                let first = Self.batch(1...1, heardBy: "radio-1")
                let second = Self.batch(1...1, epoch: UniqueID(high: 8, low: 8), heardBy: "radio-2")
                let sends = [(first, Self.gateway), (second, other)]
                for (batch, id) in reversed ? sends.reversed() : sends {
                    _ = try await Self.receive(batch, from: id, fixture)
                }
                let packet = try #require(try await fixture.allPackets().first).packet
                #expect(Set(packet.receptions.map(\.gateway.rawValue)) == ["radio-1", "radio-2"])
            }
        }
    }

    @Test func `a number that is used twice is shown, and both packets are kept`() async throws {
        try await Self.central { fixture in
            _ = try await Self.receive(Self.batch(1...3), fixture)
            var clone = Self.packet(2, text: "another history")
            clone.id = UniqueID(high: 2, low: 2)
            let receipt = try await Self.receive(
                SyncBatch(epoch: Self.epoch, range: 2...2, packets: [clone]), fixture)
            #expect(receipt.conflicts == 1)
            #expect(try await fixture.allPackets().count == 4)
            #expect(try await fixture.store.enrolledGateways().first?.gateway.conflicts == 1)
        }
    }

    @Test func `packets wait for a device that is not registered yet`() async throws {
        try await Self.central(device: false) { fixture in
            let receipt = try await Self.receive(Self.batch(1...5), fixture)
            #expect(receipt.received.mark == 5)
            #expect(receipt.pending == 5)
            #expect(try await fixture.store.settlePending() == 0)
            #expect(try await fixture.store.pendingPackets(of: StoreFixture.organization) == (5, 1))
            try await fixture.register(Self.devEUI)
            #expect(try await fixture.store.settlePending() == 5)
            #expect(try await fixture.allPackets().count == 5)
            #expect(try await fixture.store.pendingPackets(of: StoreFixture.organization) == (0, 0))
        }
    }

    @Test func `later receptions and a date that became known go to the packet`() async throws {
        try await Self.central { fixture in
            var undated = Self.packet(1)
            undated.receivedAt = Timestamp(seconds: 40)
            undated.clockQuality = .none
            _ = try await Self.receive(
                SyncBatch(epoch: Self.epoch, range: 1...1, packets: [undated]), fixture)
            let dated = Self.packet(1, heardBy: "radio-2")
            let update = SyncUpdate(
                id: dated.id, devEUI: dated.devEUI, sequenceNumber: dated.sequenceNumber,
                receivedAt: dated.receivedAt, clockQuality: .saved, receptions: dated.receptions)
            _ = try await Self.receive(
                SyncBatch(epoch: Self.epoch, range: nil, updates: [update, update]), fixture)
            let packet = try #require(try await fixture.allPackets().first).packet
            #expect(packet.receivedAt == dated.receivedAt)
            #expect(packet.clockQuality == .saved)
            #expect(Set(packet.receptions.map(\.gateway.rawValue)) == ["radio-1", "radio-2"])
            #expect(fixture.store.quarantinedPackets == 0)
        }
    }

    @Test func `too many gaps are refused, and what is missing is still taken`() async throws {
        try await Self.central { fixture in
            for number in 0..<Int64(SequenceRanges.limit) {
                _ = try await Self.receive(Self.batch(number * 10 + 5...number * 10 + 6), fixture)
            }
            await #expect(throws: EdgeError.self) {
                _ = try await Self.receive(Self.batch(9_000...9_001), fixture)
            }
            #expect(try await Self.receive(Self.batch(1...4), fixture).received.mark == 6)
        }
    }

    @Test func `a gateway that is revoked is not taken from`() async throws {
        try await Self.central { fixture in
            try await fixture.store.revokeEnrollment(Self.gateway, at: fixture.clock.now.wall, audit: nil)
            await #expect(throws: EdgeError.self) {
                _ = try await Self.receive(Self.batch(1...1), fixture)
            }
        }
    }
}
