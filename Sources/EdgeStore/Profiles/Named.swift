import EdgeModel
import GRDB

/// What profiles and codecs have in common: names that are unique in an organization, and devices that
/// refer to them.
struct Named {
    let table: String
    /// The column of `device` that refers to it.
    let column: String
    /// For people.
    let noun: String

    static let profile = Named(table: "deviceProfile", column: "profile", noun: "device profile")
    static let codec = Named(table: "codec", column: "codec", noun: "codec")

    func checkRoom(of organization: Int64, limit: Int, _ database: Database) throws {
        let count = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM \(table) WHERE organization = ?", arguments: [organization])
        guard count ?? 0 < limit else {
            throw EdgeError(.conflict, "An organization has at most \(limit) \(noun)s")
        }
    }

    func devices(with id: String, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count(*) FROM device WHERE \(column) = ? AND deleted_at IS NULL",
            arguments: [id]) ?? 0
    }

    /// Counts as a change of each device that has it: each gets a revision of its own, as the pipeline
    /// reads changes in pages.
    func renewDevices(with id: String, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE device SET revision = renewed.revision FROM (
                    SELECT key, (SELECT max(revision) FROM device) + row_number() OVER (ORDER BY key)
                        AS revision
                    FROM device WHERE \(column) = ? AND deleted_at IS NULL
                ) AS renewed WHERE renewed.key = device.key
                """, arguments: [id])
    }

    func conflictsExplained(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            let message = error.message ?? ""
            if message.contains("\(table).name") {
                throw EdgeError(.conflict, "There is a \(noun) of this name", cause: error)
            }
            if message.contains("FOREIGN KEY") {
                throw EdgeError(.conflict, "The codec has just been deleted", cause: error)
            }
            throw error
        }
    }
}
