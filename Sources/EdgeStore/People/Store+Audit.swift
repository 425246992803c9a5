package import EdgeModel
import GRDB

extension Store {
    var auditor: AuditWriter { AuditWriter(retention: auditRetention) }

    /// Writes an entry that belongs to no change of the database.
    package func note(_ note: AuditNote) async throws {
        try await write { [auditor] in try auditor.append(note, in: $0) }
    }

    /// Entries of one organization, newest first, older than `before`. One more than `limit` are
    /// never read.
    package func auditEntries(of organization: OrganizationID, before: Int64?, limit: Int) async throws
        -> [AuditEntry]
    {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit WHERE organization = ? AND sequence < ?
                    ORDER BY sequence DESC LIMIT ?
                    """, arguments: [organization.rawValue, before ?? .max, limit]
            ).map(AuditEntry.init)
        }
    }
}
