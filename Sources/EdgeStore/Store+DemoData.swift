import GRDB

/// How far a database is with the data of a demonstration.
package enum DemoState: String, Sendable {
    /// Nobody has anything in it.
    case empty
    /// Writing began, and did not come to its end.
    case begun
    case complete
    /// It holds somebody's own data.
    case foreign
}

extension Store {
    package func demoState() async throws -> DemoState {
        try await read { database in
            let state = try String.fetchOne(
                database, sql: "SELECT value FROM property WHERE name = 'demo'")
            if let state { return DemoState(rawValue: state) ?? .foreign }
            let isEmpty = try Bool.fetchOne(
                database, sql: "SELECT NOT EXISTS (SELECT 1 FROM organization)")
            return isEmpty == true ? .empty : .foreign
        }
    }

    package func setDemoState(_ state: DemoState) async throws {
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO property VALUES ('demo', ?)", arguments: [state.rawValue])
        }
    }
}
