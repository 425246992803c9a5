import EdgeModel
import GRDBSQLite
import GatewayTestSupport
import Testing

@testable import EdgeStore

@Suite struct OutgoingPlanTests {
    @Test func `a batch for a central is read in order from the packets, whatever an organization has`()
        async throws
    {
        try await StoreFixture.with { fixture in
            let steps = try plan(of: Store.outgoingQuery, in: "\(fixture.directory.path)/holdfast.db")
            #expect(
                steps == [
                    "SEARCH p USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                    "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
                ])
        }
    }

    @Test func `a batch lists no more gateways and frequencies than a central takes`() async throws {
        try await StoreFixture.with { fixture in
            let device = try await fixture.register(1)
            var batch = IngestBatch()
            batch.packets = (0..<60).map { number in
                var packet = fixture.packet(UInt64(number), of: device)
                packet.receptions = (0..<100).map { station in
                    var reception = packet.receptions[0]
                    reception.gateway = GatewayID("made-up-\(number)-\(station)")
                    reception.frequency = UInt32(868_000_000 + number * 100 + station)
                    return reception
                }
                return packet
            }
            _ = try await fixture.store.record(batch)
            var (after, all, batches) = (Int64(0), [Int64](), 0)
            while after < 60 {
                let part = try await fixture.store.outgoing(
                    StoreFixture.organization, in: after + 1...60, limit: 500)
                let gateways = Set(part.packets.flatMap { $0.receptions.map(\.gateway) })
                #expect(gateways.count <= SyncBatch.tableLimit)
                #expect(part.through > after)
                all += part.packets.map(\.sequence)
                (after, batches) = (part.through, batches + 1)
            }
            #expect(all == Array(1...60))
            #expect(batches == 3)
        }
    }

    /// The steps that SQLite takes, in its words.
    private func plan(of query: String, in file: String) throws -> [String] {
        var connection: OpaquePointer?
        defer { sqlite3_close(connection) }
        try #require(sqlite3_open_v2(file, &connection, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try #require(
            sqlite3_prepare_v2(connection, "EXPLAIN QUERY PLAN \(query)", -1, &statement, nil) == SQLITE_OK)
        var steps: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            steps.append(sqlite3_column_text(statement, 3).map { String(cString: $0) } ?? "")
        }
        return steps
    }
}
