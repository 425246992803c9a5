import EdgeModel
import EdgeStore
import EdgeTestSupport
import Foundation
import GatewayTestSupport
import PowerCutSupport
import Testing

/// A database on a disk that loses, reorders and tears what was not synced when the power fails. It goes
/// on with what the cut has left, in another directory.
final class PowerCutMachine {
    private let home: TemporaryDirectory
    private var boots = 0
    private var disk: UnreliableDisk
    private(set) var fixture: StoreFixture

    init(home: TemporaryDirectory) async throws {
        self.home = home
        let directory = try Self.directory(0, in: home)
        disk = PowerCutVFS.attach(directory: directory.path)
        let clock = ManualClock()
        let store = try StoreFixture.open(directory, clock)
        try await store.addOrganization(StoreFixture.organization, name: "One", at: clock.now.wall)
        fixture = StoreFixture(directory: directory, clock: clock, store: store)
    }

    deinit { PowerCutVFS.detach(disk) }

    private static func directory(_ boot: Int, in home: TemporaryDirectory) throws -> TemporaryDirectory {
        let url = home.url.appending(path: "boot-\(boot)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return TemporaryDirectory(url: url)
    }

    /// The power fails before one of the next syncs, which `work` is to bring about, or after it.
    func losePower(_ random: inout SeededGenerator, during work: () async throws -> Void) async throws {
        disk.watch(sync: Int.random(in: 1...2, using: &random))
        try await work()
        boots += 1
        let directory = try Self.directory(boots, in: home)
        if try !disk.cut(into: directory.url, seed: random.next()) {
            // There were fewer syncs than that.
            disk.unwatch()
            #expect(try disk.cut(into: directory.url, seed: random.next()))
        }
        try fixture.store.close()
        PowerCutVFS.detach(disk)
        disk = PowerCutVFS.attach(directory: directory.path)
        let store = try StoreFixture.open(directory, fixture.clock)
        #expect(store.opening.state == .continued)
        fixture = StoreFixture(directory: directory, clock: fixture.clock, store: store)
    }

    func dates() async throws -> [UInt64: Dated] {
        try await fixture.allPackets().reduce(into: [:]) { dates, entry in
            dates[entry.packet.id.low] = Dated(
                at: entry.packet.receivedAt, quality: entry.packet.clockQuality)
        }
    }
}

/// A gateway's real database.
struct GatewayDisk: SimulatedGateway {
    private let machine: PowerCutMachine
    private let device: RegisteredDevice
    /// Everything that this gateway hears carries the time of its own clock.
    private let clock: ManualClock
    private let started: ClockReading

    init(_ machine: PowerCutMachine) async throws {
        self.machine = machine
        clock = machine.fixture.clock
        started = clock.now
        device = try await machine.fixture.register(SimulatedPackets.devEUI.rawValue)
        let upstream = try await machine.fixture.addUpstream()
        var progress = UpstreamProgress(upstream)
        // Any row may have been sent.
        progress.reserved = .max
        try await store.note(progress, of: upstream.id)
    }

    private var store: Store { machine.fixture.store }

    var epoch: UniqueID { store.epoch }
    var lastSequence: Int64 { store.lastSequence }

    func ingest(_ ids: [UInt64]) async throws {
        var batch = IngestBatch()
        let now = clock.now
        batch.packets = ids.map { id in
            let packet = SimulatedPackets.packet(id, sequence: 0)
            var reception = packet.receptions[0]
            (reception.firstAt, reception.lastAt) = (now.wall, now.wall)
            return NewPacket(
                id: packet.id, device: device.handle, platform: .ble, protection: .decrypted,
                payload: packet.payload, counter: nil, sequenceNumber: packet.sequenceNumber, fPort: nil,
                receivedAt: now, clockQuality: clock.clock.quality(of: now.wall), receptions: [reception])
        }
        _ = try await store.record(batch)
    }

    func batch(_ range: ClosedRange<Int64>, limit: Int) async throws -> SyncBatch {
        let found = try await store.outgoing(StoreFixture.organization, in: range, limit: limit)
        return SyncBatch(
            epoch: epoch, range: range.lowerBound...max(range.lowerBound, found.through),
            packets: found.packets)
    }

    func fingerprints(_ range: ClosedRange<Int64>) async throws -> [Int64: UInt32] {
        try await store.fingerprints(range)
    }

    func renewEpoch() async throws { try await store.renewEpoch() }

    func updates(after mark: Int64, arrived: SequenceRanges, limit: Int) async throws -> (
        updates: [SyncUpdate], through: Int64
    ) {
        let found = try await store.outgoingUpdates(
            StoreFixture.organization, after: mark, arrived: arrived, limit: limit)
        return (found.updates, found.through)
    }

    func contents() async throws -> Set<UInt64> {
        Set(try await machine.fixture.allPackets().map(\.packet.id.low))
    }

    func pass(_ time: Duration) { clock.advance(by: time) }

    func setClock(_ wall: Timestamp?) async throws {
        let passed = clock.now.monotonic.since(started.monotonic)
        clock.setWall(wall ?? started.wall.advanced(byMicroseconds: passed.microseconds))
        guard clock.clock.quality != .none else { return }
        while try await store.redate(by: clock.now) > 0 {}
    }

    func losePower(storing ids: [UInt64], _ random: inout SeededGenerator) async throws {
        try await machine.losePower(&random) { try await ingest(ids) }
    }

    func dates() async throws -> [UInt64: Dated] { try await machine.dates() }
}

/// A central's real database.
struct CentralDisk: SimulatedCentral {
    private let machine: PowerCutMachine

    init(_ machine: PowerCutMachine, gateways: Int) async throws {
        self.machine = machine
        try await fixture.register(SimulatedPackets.devEUI.rawValue)
        for number in 0..<gateways {
            try await ReceivingTests.enroll(GatewayID("gw-\(number)"), fixture)
        }
    }

    private var fixture: StoreFixture { machine.fixture }

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

    func losePower(
        receiving batch: SyncBatch, from gateway: GatewayID, _ random: inout SeededGenerator
    ) async throws {
        try await machine.losePower(&random) { _ = try await receive(batch, from: gateway) }
    }

    func contents() async throws -> Set<UInt64> {
        let found = try await fixture.allPackets().map(\.packet.id.low)
        let all = Set(found)
        #expect(all.count == found.count, "one packet is stored twice")
        return all
    }

    func dates() async throws -> [UInt64: Dated] { try await machine.dates() }

    private static func answer(_ epoch: UniqueID, _ receipt: SyncReceipt) -> SyncAnswer {
        SyncAnswer(
            epoch: epoch, received: receipt.received, witness: receipt.witness, conflicts: receipt.conflicts,
            delayMilliseconds: 1_000, registryRevision: 0)
    }
}
