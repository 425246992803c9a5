import EdgeModel
import GRDB
import GRDBSQLite

/// A prepared statement bound and stepped without boxing its arguments: for the statements that
/// run once a packet. Everything else goes through GRDB.
struct FastStatement {
    private let handle: OpaquePointer
    private let database: Database

    /// The statement is compiled once for each connection.
    init(_ database: Database, _ sql: String) throws {
        self.database = database
        handle = try database.cachedStatement(sql: sql).sqliteStatement
        sqlite3_reset(handle)
    }

    func bind(_ value: Int64?, at position: Int32) {
        if let value {
            sqlite3_bind_int64(handle, position, value)
        } else {
            sqlite3_bind_null(handle, position)
        }
    }

    func bind(_ value: Double?, at position: Int32) {
        if let value {
            sqlite3_bind_double(handle, position, value)
        } else {
            sqlite3_bind_null(handle, position)
        }
    }

    func bind(_ bytes: [UInt8], at position: Int32) {
        // SQLITE_TRANSIENT: SQLite copies the bytes before this returns.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        _ = bytes.withUnsafeBytes {
            sqlite3_bind_blob(
                handle, position, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1), Int32($0.count),
                transient)
        }
    }

    func bind(_ text: String?, at position: Int32) {
        guard let text else {
            sqlite3_bind_null(handle, position)
            return
        }
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_text(handle, position, text, -1, transient)
    }

    /// Runs to the end. Returns how many rows it changed.
    func run() throws -> Int {
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    /// Steps to the next row; false, and reset, when there is none.
    func next() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            sqlite3_reset(handle)
            throw failure(code)
        }
    }

    func reset() { sqlite3_reset(handle) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func intIfAny(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

    func doubleIfAny(_ column: Int32) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(handle, column)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(
            UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func identifier(_ column: Int32) -> UniqueID? {
        guard let start = sqlite3_column_blob(handle, column) else { return nil }
        return UniqueID(
            bytes: UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func textIfAny(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        return String(cString: start)
    }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(database.sqliteConnection)),
            message: String(cString: sqlite3_errmsg(database.sqliteConnection)))
    }
}
