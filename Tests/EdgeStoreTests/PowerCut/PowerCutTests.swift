import EdgeModel
import EdgeStore
import EdgeTestSupport
import Foundation
import GatewayTestSupport
import PowerCutSupport
import Testing

/// Rows 2, 3, 7 and 8 of the fault matrix: the power fails, a sync does, or the disk turns read-only.
@Suite struct PowerCutTests {
    /// What was recorded and acknowledged before the power failed.
    private struct Ledger {
        var payloads: [String] = []
        var sequences: [Int64] = []
    }

    /// Records packets in batches of every size, with a checkpoint now and then.
    private func fill(_ fixture: StoreFixture, batches: Int, seed: UInt64) async throws -> Ledger {
        var random = SeededGenerator(seed: seed)
        var ledger = Ledger()
        let device = try await fixture.register(1)
        var number: UInt64 = 0
        for batchNumber in 0..<batches {
            var batch = IngestBatch()
            batch.packets = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                number += 1
                return fixture.packet(number, of: device)
            }
            for (packet, outcome) in zip(batch.packets, try await fixture.store.record(batch)) {
                guard case .stored(let sequence) = outcome else { continue }
                ledger.payloads.append(String(decoding: packet.payload, as: UTF8.self))
                ledger.sequences.append(sequence)
            }
            if batchNumber % 5 == 4 { try await fixture.store.checkpoint() }
        }
        return ledger
    }

    private func fixture(in directory: TemporaryDirectory) async throws -> StoreFixture {
        let clock = ManualClock()
        let store = try StoreFixture.open(directory, clock)
        try await store.addOrganization(StoreFixture.organization, name: "One", at: clock.now.wall)
        return StoreFixture(directory: directory, clock: clock, store: store)
    }

    /// Opens what the cut has left and holds it against the ledger.
    private func check(_ directory: TemporaryDirectory, _ ledger: Ledger, seed: UInt64) async throws {
        let clock = ManualClock()
        let store = try StoreFixture.open(directory, clock)
        let after = StoreFixture(directory: directory, clock: clock, store: store)
        #expect(store.opening.state == .continued, "seed \(seed)")
        let kept = Set(
            try await after.allPackets().map { String(decoding: $0.packet.payload, as: UTF8.self) })
        let lost = ledger.payloads.filter { !kept.contains($0) }
        #expect(lost.isEmpty, "seed \(seed)")
        // A sequence number that was given out is not given out again.
        let device = try #require(try await store.registryChanges(after: 0, limit: 1).devices.first)
        guard case .stored(let next)? = try await after.record(after.packet(1_000_000, of: device)).first
        else {
            Issue.record("not stored, seed \(seed)")
            return
        }
        #expect(next > (ledger.sequences.last ?? 0), "seed \(seed)")
        try store.close()
    }

    @Test func `what belonged to a commit that failed does not come with the next one`() async throws {
        try await TemporaryDirectory.with { directory in
            try await PowerCutVFS.with(directory: directory.path) { disk in
                let fixture = try await fixture(in: directory)
                let device = try await fixture.register(1)
                func packet(_ number: UInt64, heardBy gateway: String) -> NewPacket {
                    var packet = fixture.packet(number, of: device)
                    packet.receptions[0].gateway = GatewayID(gateway)
                    return packet
                }
                disk.failSyncs(from: 0)
                for _ in 0..<3 {
                    await #expect(throws: EdgeError.self) {
                        try await fixture.record(packet(1, heardBy: "first"))
                    }
                }
                disk.heal()
                // A commit of something else.
                _ = try await fixture.register(2)
                _ = try await fixture.record(packet(2, heardBy: "second"))
                _ = try await fixture.record(packet(1, heardBy: "first"))
                let packets = try await fixture.allPackets()
                #expect(packets.map(\.packet.best.gateway.rawValue) == ["second", "first"])
                let shown = try await fixture.store.device(device.device.id, in: StoreFixture.organization)
                #expect(shown?.packetCount == 2)
                try fixture.store.close()
            }
        }
    }

    @Test(arguments: 1...12)
    func `2: after a power cut every acknowledged packet is there`(_ seed: UInt64) async throws {
        try await TemporaryDirectory.with { directory in
            try await PowerCutVFS.with(directory: directory.path) { disk in
                let fixture = try await fixture(in: directory)
                let ledger = try await fill(fixture, batches: 5 + Int(seed), seed: seed)
                try await TemporaryDirectory.with { target in
                    #expect(try disk.cut(into: target.url, seed: seed))
                    try await check(target, ledger, seed: seed)
                }
                try fixture.store.close()
            }
        }
    }

    @Test(arguments: 1...10)
    func `3: a power cut at any sync of a checkpoint loses nothing`(_ number: Int) async throws {
        try await TemporaryDirectory.with { directory in
            try await PowerCutVFS.with(directory: directory.path) { disk in
                let fixture = try await fixture(in: directory)
                let ledger = try await fill(fixture, batches: 8, seed: UInt64(number))
                disk.watch(sync: number)
                try await fixture.store.checkpoint()
                try fixture.store.close()
                for seed in 1...4 as ClosedRange<UInt64> {
                    try await TemporaryDirectory.with { target in
                        guard try disk.cut(into: target.url, seed: seed) else { return }
                        try await check(target, ledger, seed: seed)
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 6, 12])
    func `3: a power cut at any sync of a migration opens or goes back`(_ schema: Int) async throws {
        var number = 0
        while true {
            number += 1
            let isReached = try await TemporaryDirectory.with { directory in
                for name in ["holdfast.db", "high-water", "master.key"] {
                    try FileManager.default.copyItem(
                        at: Vectors.directory.appending(path: "schema-\(schema)/\(name)"),
                        to: directory.url.appending(path: name))
                }
                return try await PowerCutVFS.with(directory: directory.path) { disk in
                    disk.watch(sync: number)
                    try StoreFixture.open(directory, ManualClock()).close()
                    return try await TemporaryDirectory.with { target in
                        guard try disk.cut(into: target.url, seed: UInt64(number)) else { return false }
                        let store = try StoreFixture.open(target, ManualClock())
                        #expect(store.lastSequence == 3, "sync \(number)")
                        let organization = try #require(try await store.organizations().first).id
                        let query = DeviceQuery(organization: organization, limit: 10)
                        #expect(try await store.devices(query).devices.count == 2, "sync \(number)")
                        try store.close()
                        return true
                    }
                }
            }
            guard isReached else { break }
        }
        #expect(number > 5, "a migration syncs more often")
    }

    @Test func `7: what the disk did not sync is never acknowledged`() async throws {
        try await TemporaryDirectory.with { directory in
            try await PowerCutVFS.with(directory: directory.path) { disk in
                let fixture = try await fixture(in: directory)
                let ledger = try await fill(fixture, batches: 6, seed: 7)
                let device = try #require(
                    try await fixture.store.registryChanges(after: 0, limit: 1).devices.first)
                disk.failSyncs(from: 1)
                await #expect(throws: EdgeError.self) {
                    try await fixture.record(fixture.packet(500_000, of: device))
                }
                for seed in 1...4 as ClosedRange<UInt64> {
                    try await TemporaryDirectory.with { target in
                        #expect(try disk.cut(into: target.url, seed: seed))
                        try await check(target, ledger, seed: seed)
                    }
                }
                disk.heal()
                try fixture.store.close()
            }
        }
    }

    @Test func `8: a disk that turns read-only refuses, serves what it has, and goes on when it can`()
        async throws
    {
        try await TemporaryDirectory.with { directory in
            try await PowerCutVFS.with(directory: directory.path) { disk in
                let fixture = try await fixture(in: directory)
                let ledger = try await fill(fixture, batches: 4, seed: 8)
                let device = try #require(
                    try await fixture.store.registryChanges(after: 0, limit: 1).devices.first)
                disk.turnReadOnly()
                let refused = fixture.packet(500_000, of: device)
                let error = await #expect(throws: EdgeError.self) { try await fixture.record(refused) }
                #expect(error?.code == .unavailable)
                #expect(try await fixture.allPackets().count == ledger.payloads.count)
                disk.heal()
                guard case .stored(let sequence)? = try await fixture.record(refused).first else {
                    Issue.record("it does not go on")
                    return
                }
                #expect(sequence > (ledger.sequences.last ?? 0))
                #expect(try await fixture.allPackets().count == ledger.payloads.count + 1)
                try fixture.store.close()
            }
        }
    }
}
