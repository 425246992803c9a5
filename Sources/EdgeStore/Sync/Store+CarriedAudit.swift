package import EdgeModel
import FoundationEssentials
import GRDB

/// Audit entries between a gateway and its central.
extension Store {
    /// Entries of one gateway that its central keeps; older ones go, and are counted.
    private static let carriedAuditLimit = 100_000

    // MARK: At the gateway

    /// Entries after `sequence`, at most a batch. Of those of another organization only what holds the
    /// chain together.
    package func outgoingAudit(of organization: OrganizationID, after sequence: Int64) async throws
        -> AuditBatch
    {
        try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, AuditBatch.limit])
            return AuditBatch(
                entries: rows.map { row in
                    let entry = AuditEntry(row)
                    let isOthers = entry.organization.map { $0 != organization.rawValue } ?? false
                    return AuditBatch.Entry(entry, isWithheld: isOthers)
                })
        }
    }

    /// The number of the newest entry, 0 before the first.
    package func lastAuditEntry() async throws -> Int64 {
        try await read {
            try Int64.fetchOne(
                $0.cachedStatement(sql: "SELECT last_sequence FROM auditHead WHERE key = 1")) ?? 0
        }
    }

    /// Everything up to here is at the central.
    package func noteAudit(_ progress: CentralProgress, of upstream: UpstreamID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE upstream SET audit = ? WHERE id = ?",
                arguments: [try JSONColumn.text(progress), upstream.rawValue])
        }
    }

    // MARK: At the central

    /// Keeps entries of a gateway, each once; none is ever changed.
    package func keepAudit(_ batch: AuditBatch, of gateway: GatewayID) async throws {
        let now = clock.now().wall
        try await write { database in
            guard let key = try Self.enrolledKey(gateway, database) else { return }
            let statement = try database.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO gatewayAudit (gateway, sequence, hash, at, initiator, initiator_id,
                        organization, action, object, detail, address, request_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for entry in batch.entries {
                let content = entry.content
                try statement.execute(arguments: [
                    key, entry.sequence, entry.hash, content?.at ?? 0, content?.initiator,
                    content?.initiatorID, content?.organization, content?.action, content?.object,
                    content?.detail, content?.address, content?.requestID,
                ])
            }
            try database.execute(
                sql: """
                    DELETE FROM gatewayAudit WHERE gateway = ?1 AND sequence <= (SELECT max(sequence)
                        FROM gatewayAudit WHERE gateway = ?1) - ?2
                    """, arguments: [key, Self.carriedAuditLimit])
            let count = database.changesCount
            if count > 0 {
                try Self.countDiscard(database, reason: "gateway_audit_limit", count: count, at: now)
            }
        }
    }

    /// Entries of a gateway, newest first, before `sequence`; nil when the organization has no such gateway.
    package func carriedAudit(
        of gateway: GatewayID, in organization: OrganizationID, before sequence: Int64?, limit: Int
    ) async throws -> [CarriedAuditEntry]? {
        try await read { [organizationKeys] database in
            let key = try Int64.fetchOne(
                database, sql: "SELECT key FROM enrolledGateway WHERE id = ? AND organization = ?",
                arguments: [gateway.rawValue, try organizationKeys.key(organization, in: database)])
            guard let key else { return nil }
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM gatewayAudit WHERE gateway = ? AND sequence < ? AND action IS NOT NULL
                    ORDER BY sequence DESC LIMIT ?
                    """, arguments: [key, sequence ?? .max, limit])
            return try rows.map { row in
                let entry = AuditEntry(row)
                return CarriedAuditEntry(
                    entry: entry, isVerified: try Self.isVerified(entry, of: key, database))
            }
        }
    }

    /// A gateway that was restored may have two entries of one number: one of those before must fit.
    private static func isVerified(_ entry: AuditEntry, of gateway: Int64, _ database: Database) throws
        -> Bool?
    {
        if entry.sequence == 1 {
            return AuditHead.hash(of: entry, after: [UInt8](repeating: 0, count: 32)) == entry.hash
        }
        let before = try Data.fetchAll(
            database.cachedStatement(
                sql: "SELECT hash FROM gatewayAudit WHERE gateway = ? AND sequence = ?"),
            arguments: [gateway, entry.sequence - 1])
        guard !before.isEmpty else { return nil }
        return before.contains { AuditHead.hash(of: entry, after: Array($0)) == entry.hash }
    }

    static func enrolledKey(_ gateway: GatewayID, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT key FROM enrolledGateway WHERE id = ? AND revoked_at IS NULL",
            arguments: [gateway.rawValue])
    }
}
