import EdgeModel
import GRDB
import Synchronization

/// The rows of organizations, by identifier. Organizations are never deleted, so what was read once
/// holds.
final class OrganizationKeys: Sendable {
    private let keys = Mutex<[OrganizationID: Int64]>([:])

    /// Throws `notFound` for an organization that is not there.
    func key(_ id: OrganizationID, in database: Database) throws -> Int64 {
        if let key = keys.withLock({ $0[id] }) { return key }
        try reload(database)
        guard let key = keys.withLock({ $0[id] }) else { throw EdgeError.notFound("organization not found") }
        return key
    }

    /// Whether there is one organization and no other.
    func isOnly(_ database: Database) throws -> Bool {
        if keys.withLock({ $0.isEmpty }) { try reload(database) }
        return keys.withLock { $0.count == 1 }
    }

    /// Forgets what was read; called when an organization is added.
    func forget() { keys.withLock { $0 = [:] } }

    private func reload(_ database: Database) throws {
        let rows = try Row.fetchAll(database, sql: "SELECT id, key FROM organization")
        keys.withLock { keys in
            keys = rows.reduce(into: [:]) { $0[OrganizationID($1["id"])] = $1["key"] }
        }
    }
}
