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
