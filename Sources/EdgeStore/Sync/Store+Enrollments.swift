package import EdgeModel
import FoundationEssentials
import GRDB

extension Store {
    /// Adds a gateway that may enroll with a code.
    package func addEnrollment(_ gateway: EnrolledGateway, code: EnrollmentCode, audit: AuditNote?)
        async throws
    {
        try await write { [organizationKeys, auditor] database in
            try database.execute(
                sql: """
                    INSERT INTO enrolledGateway (id, organization, name, code_hash, code_made, created_at)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    gateway.id.rawValue, try organizationKeys.key(gateway.organization, in: database),
                    gateway.name, Data(code.hash), try JSONColumn.text(code.madeAt),
                    gateway.createdAt.microseconds,
                ])
            try auditor.append(audit?.naming([gateway.id.rawValue]), in: database)
        }
    }

    /// Binds a code to a public key: in one transaction it becomes a credential. As long as it lasts it is
    /// good again for that key, because an answer can be lost; the credential from before is then dead.
    /// Nil when there is no such code, it is too old, or another key has it.
    ///
    /// `admitted` is called once it is on the disk, in the order of the transactions.
    package func enroll(
        codeHash: [UInt8], credentialHash: [UInt8], publicKey: [UInt8], at now: BootMoment,
        audit: @escaping @Sendable (EnrolledGateway) -> AuditNote,
        admitted: @escaping @Sendable (EnrolledGateway) -> Void
    ) async throws -> EnrolledGateway? {
        try await write { [self, auditor] database -> EnrolledGateway? in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "\(Self.selectEnrolled) WHERE g.code_hash = ? AND g.revoked_at IS NULL",
                    arguments: [Data(codeHash)])
            else { return nil }
            let code = EnrollmentCode(hash: codeHash, madeAt: try JSONColumn.value(row["code_made"]))
            guard code.isGood(at: now) else { return nil }
            var gateway = try Self.enrolled(row)
            guard gateway.enrolledAt == nil || gateway.publicKey == publicKey else { return nil }
            gateway.enrolledAt = now.wall
            gateway.lastSeen = now
            gateway.publicKey = publicKey
            try database.execute(
                sql: """
                    UPDATE enrolledGateway SET credential_hash = ?, public_key = ?, enrolled_at = ?,
                        last_seen = ? WHERE id = ?
                    """,
                arguments: [
                    Data(credentialHash), Data(publicKey), now.wall.microseconds, try JSONColumn.text(now),
                    gateway.id.rawValue,
                ])
            try auditor.append(audit(gateway).naming([gateway.id.rawValue]), in: database)
            afterCommit { [gateway] in admitted(gateway) }
            return gateway
        }
    }

    /// Those that are not revoked, the oldest first, with the hashes of their credentials.
    package func enrolledGateways() async throws -> [(gateway: EnrolledGateway, hash: [UInt8]?)] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "\(Self.selectEnrolled) WHERE g.revoked_at IS NULL ORDER BY g.key"
            ).map { row in
                (try Self.enrolled(row), (row["credential_hash"] as Data?).map { Array($0) })
            }
        }
    }

    /// From now on neither code nor credential is good.
    package func revokeEnrollment(_ id: GatewayID, at now: Timestamp, audit: AuditNote?) async throws {
        try await write { [auditor] database in
            try database.execute(
                sql: """
                    UPDATE enrolledGateway SET revoked_at = ?, code_hash = NULL, credential_hash = NULL
                    WHERE id = ?
                    """, arguments: [now.microseconds, id.rawValue])
            try auditor.append(audit?.naming([id.rawValue]), in: database)
        }
    }

    /// Keeps what gateways said of themselves last.
    package func note(_ reports: [GatewayID: (report: GatewayReport?, at: BootMoment)]) async throws {
        let rows = try reports.map { id, said in
            (id, try said.report.map { try JSONColumn.text($0) }, try JSONColumn.text(said.at))
        }
        try await write { database in
            for (id, report, seen) in rows {
                try database.execute(
                    sql: """
                        UPDATE enrolledGateway SET report = coalesce(?, report), last_seen = ? WHERE id = ?
                        """, arguments: [report, seen, id.rawValue])
            }
        }
    }

    private static let selectEnrolled = """
        SELECT g.*, o.id AS organization_id FROM enrolledGateway g
        JOIN organization o ON o.key = g.organization
        """

    private static func enrolled(_ row: Row) throws -> EnrolledGateway {
        EnrolledGateway(
            id: GatewayID(row["id"]), organization: OrganizationID(row["organization_id"]),
            name: row["name"], createdAt: Timestamp(microseconds: row["created_at"]),
            enrolledAt: (row["enrolled_at"] as Int64?).map(Timestamp.init(microseconds:)),
            lastSeen: try (row["last_seen"] as String?).map { try JSONColumn.value($0) },
            report: try (row["report"] as String?).map { try JSONColumn.value($0) },
            publicKey: (row["public_key"] as Data?).map { Array($0) } ?? [], conflicts: row["conflicts"],
            packets: row["packets"])
    }
}
