import EdgeModel
import GRDBSQLite

extension StoreFixture {
    /// Runs a statement beside the store, as another process could: a test's way to make it fail.
    package func sql(_ statement: String) throws {
        var connection: OpaquePointer?
        defer { sqlite3_close(connection) }
        let path = directory.path + "/holdfast.db"
        guard sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK,
            sqlite3_busy_timeout(connection, 5_000) == SQLITE_OK,
            sqlite3_exec(connection, statement, nil, nil, nil) == SQLITE_OK
        else { throw EdgeError.invalid("\(statement): \(String(cString: sqlite3_errmsg(connection)))") }
    }
}
