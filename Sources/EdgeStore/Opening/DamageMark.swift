import FoundationEssentials
import GRDB

/// A file that says: SQLite met damage in this database while it was in use.
///
/// Reading everything at each start would take too long; with this mark only a database that gave
/// cause is read through.
struct DamageMark {
    private let path: String

    init(directory: String) { path = directory + "/damaged" }

    /// True when there was no mark yet.
    func leave(_ error: DatabaseError) -> Bool {
        guard !FileManager.default.fileExists(atPath: path) else { return false }
        return FileManager.default.createFile(atPath: path, contents: Data("\(error)\n".utf8))
    }

    var isLeft: Bool { FileManager.default.fileExists(atPath: path) }

    func remove() throws {
        if isLeft { try FileManager.default.removeItem(atPath: path) }
    }
}
