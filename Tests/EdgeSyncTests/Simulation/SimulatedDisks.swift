import EdgeModel
import EdgeStore
import GatewayTestSupport
import Testing

/// A gateway's real database.
struct GatewayDisk: SimulatedGateway {
    private let fixture: StoreFixture
    private let device: RegisteredDevice

    init(_ fixture: StoreFixture) async throws {
        self.fixture = fixture
        device = try await fixture.register(SimulatedPackets.devEUI.rawValue)
    }

    var epoch: UniqueID { fixture.store.epoch }
    var lastSequence: Int64 { fixture.store.lastSequence }

    func ingest(_ ids: [UInt64]) async throws {
        var batch = IngestBatch()
        batch.packets = ids.map { id in
            let packet = SimulatedPackets.packet(id, sequence: 0)
            return NewPacket(
                id: packet.id, device: device.handle, platform: .ble, protection: .decrypted,
                payload: packet.payload, counter: nil, sequenceNumber: packet.sequenceNumber, fPort: nil,
                receivedAt: ClockReading(
                    wall: packet.receivedAt, monotonic: MonotonicInstant(nanoseconds: id)),
                clockQuality: .saved, receptions: packet.receptions)
        }
        _ = try await fixture.store.record(batch)
    }

    func batch(_ range: ClosedRange<Int64>, limit: Int) async throws -> SyncBatch {
        let found = try await fixture.store.outgoing(StoreFixture.organization, in: range, limit: limit)
        return SyncBatch(
            epoch: epoch, range: range.lowerBound...max(range.lowerBound, found.through),
            packets: found.packets)
    }

    func fingerprints(_ range: ClosedRange<Int64>) async throws -> [Int64: UInt32] {
        try await fixture.store.fingerprints(range)
    }

    func renewEpoch() async throws { try await fixture.store.renewEpoch() }

    func contents() async throws -> Set<UInt64> {
        Set(try await fixture.allPackets().map(\.packet.id.low))
    }
}

/// A central's real database.
struct CentralDisk: SimulatedCentral {
    private let fixture: StoreFixture

    init(_ fixture: StoreFixture, gateways: Int) async throws {
        self.fixture = fixture
        try await fixture.register(SimulatedPackets.devEUI.rawValue)
        for number in 0..<gateways {
            try await ReceivingTests.enroll(GatewayID("gw-\(number)"), fixture)
        }
    }

    func answer(_ epoch: UniqueID, from gateway: GatewayID) async throws -> SyncAnswer {
        Self.answer(epoch, try await fixture.store.receipt(of: epoch, from: gateway))
    }

    func fingerprints(_ range: ClosedRange<Int64>, of epoch: UniqueID, from gateway: GatewayID) async throws
        -> SyncFingerprints
    {
        try await fixture.store.fingerprints(range, of: epoch, from: gateway)
    }

    func receive(_ batch: SyncBatch, from gateway: GatewayID) async throws -> SyncAnswer {
        Self.answer(batch.epoch, try await ReceivingTests.receive(batch, from: gateway, fixture))
    }

    func contents() async throws -> Set<UInt64> {
        let found = try await fixture.allPackets().map(\.packet.id.low)
        let all = Set(found)
        #expect(all.count == found.count, "one packet is stored twice")
        return all
    }

    private static func answer(_ epoch: UniqueID, _ receipt: SyncReceipt) -> SyncAnswer {
        SyncAnswer(
            epoch: epoch, received: receipt.received, witness: receipt.witness, conflicts: receipt.conflicts,
            delayMilliseconds: 1_000, registryRevision: 0)
    }
}
