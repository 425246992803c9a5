import EdgeModel
import EdgeStore
import Foundation
import GatewayTestSupport
import Testing

@Suite struct StoreOpeningTests {
    @Test func `a store that was left without closing goes on where it was`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device), fixture.packet(2, of: device))
            let epoch = fixture.store.epoch
            let store = try fixture.reopened()
            #expect(store.opening.state == .continued)
            #expect(store.epoch == epoch)
            #expect(store.lastSequence == 2)
            let found = try #require(
                try await store.device(DeviceID("device-1"), in: StoreFixture.organization))
            #expect(found.packetCount == 2)
            #expect(found.lastSeenAt == fixture.clock.now.wall)
        }
    }

    @Test func `counts are right after activity was written, and packets came, and the process died`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            fixture.clock.advance(by: .seconds(600))
            // The second commit writes the activity of the first.
            _ = try await fixture.record(fixture.packet(2, of: device))
            _ = try await fixture.record(fixture.packet(3, of: device))
            let store = try fixture.reopened()
            #expect(
                try await store.device(DeviceID("device-1"), in: StoreFixture.organization)?.packetCount == 3)
        }
    }

    @Test func `a database behind its mark is noticed, and no sequence number is used twice`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device))
            let epoch = fixture.store.epoch
            try fixture.store.close()
            let copy = fixture.directory.url.appending(path: "copy.db")
            let database = fixture.directory.url.appending(path: "holdfast.db")
            try FileManager.default.copyItem(at: database, to: copy)
            let store = try fixture.reopened()
            var batch = IngestBatch()
            batch.packets = [fixture.packet(2, of: device), fixture.packet(3, of: device)]
            _ = try await store.record(batch)
            try store.close()
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: database.path + suffix)
            }
            try FileManager.default.moveItem(at: copy, to: database)
            let restored = try fixture.reopened()
            #expect(restored.opening.state == .behind(lost: 2))
            #expect(restored.epoch != epoch)
            #expect(restored.lastSequence == 3)
        }
    }

    @Test func `a database without its mark begins a new epoch`() async throws {
        try await StoreFixture.with { fixture in
            try fixture.store.close()
            try FileManager.default.removeItem(at: fixture.directory.url.appending(path: "high-water"))
            #expect(try fixture.reopened().opening.state == .replaced)
        }
    }

    @Test func `a file that is no database is set aside and a new one is begun`() async throws {
        try await StoreFixture.with { fixture in
            try fixture.store.close()
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: fixture.directory.path + "/holdfast.db" + suffix)
            }
            try Data(repeating: 0x5A, count: 50_000).write(
                to: fixture.directory.url.appending(path: "holdfast.db"))
            let store = try fixture.reopened()
            guard case .salvaged(let setAside, 0, _) = store.opening.state else {
                Issue.record("\(store.opening.state)")
                return
            }
            #expect(FileManager.default.fileExists(atPath: setAside))
        }
    }

    @Test func `a row that is not as it was written is not served`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            _ = try await fixture.record(fixture.packet(1, of: device), fixture.packet(2, of: device))
            try fixture.store.close()
            let path = fixture.directory.url.appending(path: "holdfast.db")
            var bytes = try Data(contentsOf: path)
            let place = try #require(bytes.range(of: Data("payload 2".utf8)))
            bytes[place.lowerBound] ^= 1
            try bytes.write(to: path)
            let store = try fixture.reopened()
            let reread = StoreFixture(directory: fixture.directory, clock: fixture.clock, store: store)
            #expect(try await reread.allPackets().map(\.sequence) == [1])
            #expect(store.quarantinedPackets == 1)
            #expect(StoreInspection(directory: fixture.directory.path).run().contains { !$0.isGood })
        }
    }

    @Test func `no key is readable in the files`() async throws {
        try await StoreFixture.with { fixture in
            let key = Array("0123456789abcdefFEDCBA9876543210".utf8)
            try await fixture.register(1) { $0.key = SecretBytes(key) }
            try fixture.store.close()
            let bytes = try Data(contentsOf: fixture.directory.url.appending(path: "holdfast.db"))
            #expect(bytes.range(of: Data(key)) == nil)
            let store = try fixture.reopened()
            #expect(
                try await store.device(DeviceID("device-1"), in: StoreFixture.organization)?.key?.bytes == key
            )
        }
    }
}
