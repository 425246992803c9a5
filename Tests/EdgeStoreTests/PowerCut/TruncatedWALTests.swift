import EdgeModel
import EdgeStore
import Foundation
import GRDBSQLite
import GatewayTestSupport
import Testing

/// Row 4 of the fault matrix, and row 25 as far as one binary can show it.
@Suite struct TruncatedWALTests {
    private static let header = 32
    private static let frame = 24 + 4096

    @Test func `4: a WAL that was cut anywhere is noticed, or has lost nothing`() async throws {
        try await TemporaryDirectory.with { directory in
            let clock = ManualClock()
            let store = try StoreFixture.open(directory, clock)
            try await store.addOrganization(StoreFixture.organization, name: "One", at: clock.now.wall)
            let fixture = StoreFixture(directory: directory, clock: clock, store: store)
            let device = try await fixture.register(1)
            try await store.checkpoint()
            for number in 1...12 as ClosedRange<UInt64> {
                _ = try await fixture.record(fixture.packet(number, of: device))
            }
            let length = try Data(contentsOf: directory.url.appending(path: "holdfast.db-wal")).count
            var cuts: [Int] = [0, 1, Self.header - 1, Self.header]
            for end in stride(from: Self.header + Self.frame, through: length, by: Self.frame) {
                cuts += [end - 1, end, end + 1].filter { $0 <= length }
            }
            var noticed = 0
            for cut in cuts {
                noticed += try await check(directory, cutAt: cut, epoch: store.epoch) ? 1 : 0
            }
            #expect(noticed > 50)
            try store.close()
        }
    }

    /// True when something was lost, which must then have been noticed.
    private func check(_ source: TemporaryDirectory, cutAt cut: Int, epoch: UniqueID) async throws -> Bool {
        try await TemporaryDirectory.with { target in
            for name in ["holdfast.db", "high-water", "master.key"] {
                try FileManager.default.copyItem(
                    at: source.url.appending(path: name), to: target.url.appending(path: name))
            }
            let wal = try Data(contentsOf: source.url.appending(path: "holdfast.db-wal"))
            try wal.prefix(cut).write(to: target.url.appending(path: "holdfast.db-wal"))
            let clock = ManualClock()
            let store = try StoreFixture.open(target, clock)
            defer { try? store.close() }
            let after = StoreFixture(directory: target, clock: clock, store: store)
            let kept = try await after.allPackets().count
            if kept == 12 {
                #expect(store.opening.state == .continued, "cut at \(cut)")
            } else {
                #expect(store.opening.state == .behind(lost: Int64(12 - kept)), "cut at \(cut)")
                #expect(store.epoch != epoch, "cut at \(cut)")
            }
            #expect(store.lastSequence == 12, "cut at \(cut)")
            return kept < 12
        }
    }

    @Test func `25: a database that a later version has touched opens, and its backlog is intact`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            for number in 1...3 as ClosedRange<UInt64> {
                _ = try await fixture.record(fixture.packet(number, of: device))
            }
            try fixture.store.close()
            var handle: OpaquePointer?
            #expect(sqlite3_open(fixture.directory.path + "/holdfast.db", &handle) == SQLITE_OK)
            let later = """
                INSERT INTO grdb_migrations VALUES ('99 of a later version');
                CREATE TABLE later (key INTEGER PRIMARY KEY, device INTEGER REFERENCES device(key));
                ALTER TABLE packet ADD COLUMN later INTEGER;
                """
            #expect(sqlite3_exec(handle, later, nil, nil, nil) == SQLITE_OK)
            sqlite3_close(handle)
            let store = try fixture.reopened()
            #expect(store.opening.state == .continued)
            let again = StoreFixture(directory: fixture.directory, clock: fixture.clock, store: store)
            _ = try await again.record(again.packet(4, of: device))
            #expect(try await again.allPackets().count == 4)
            try store.close()
        }
    }
}
