package import EdgeModel
import GRDB
import Synchronization

extension Store {
    /// Throws `conflict` for a name that is in use, and when the organization has `limit` codecs.
    package func addCodec(_ codec: Codec, limit: Int, audit: AuditNote? = nil) async throws {
        try await write { [auditor, organizationKeys] database in
            let organization = try organizationKeys.key(codec.organization, in: database)
            try Named.codec.checkRoom(of: organization, limit: limit, database)
            try Named.codec.conflictsExplained {
                try database.execute(
                    sql: """
                        INSERT INTO codec (id, organization, name, kind, source, revision, created_at,
                            updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        codec.id.rawValue, organization, codec.name, codec.kind.rawValue, codec.source,
                        codec.revision, codec.createdAt.microseconds, codec.updatedAt.microseconds,
                    ])
            }
            try auditor.append(audit?.naming([codec.id.rawValue]), in: database)
        }
        decodingProgress.hasCodecs.store(true, ordering: .releasing)
    }

    /// By name.
    package func codecs(of organization: OrganizationID) async throws -> [Codec] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "\(CodecRow.select) WHERE o.id = ? ORDER BY c.name",
                arguments: [organization.rawValue]
            ).map { CodecRow($0).codec }
        }
    }

    /// Nil when there is none, or it is another organization's.
    package func codec(_ id: CodecID, of organization: OrganizationID) async throws -> Codec? {
        try await read { try CodecRow.fetch(id, in: organization, $0) }
    }

    /// Reads a codec, lets `change` amend it and writes it back, in one transaction. A change of kind or
    /// source raises its revision. Nil when there is no such codec. What `change` throws comes out.
    package func updateCodec(
        _ id: CodecID, of organization: OrganizationID, audit: AuditNote? = nil,
        change: @Sendable @escaping (inout Codec) throws -> Void
    ) async throws -> Codec? {
        let updated = try await write { [auditor] database -> Codec? in
            guard var codec = try CodecRow.fetch(id, in: organization, database) else { return nil }
            try Self.checkIsOwn(.codec, id.rawValue, database)
            let before = codec
            try change(&codec)
            if codec.kind != before.kind || codec.source != before.source { codec.revision += 1 }
            try Named.codec.conflictsExplained {
                try database.execute(
                    sql: """
                        UPDATE codec SET name = ?, kind = ?, source = ?, revision = ?, updated_at = ?
                        WHERE id = ?
                        """,
                    arguments: [
                        codec.name, codec.kind.rawValue, codec.source, codec.revision,
                        codec.updatedAt.microseconds, id.rawValue,
                    ])
            }
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return codec
        }
        return updated
    }

    /// False when there is no such codec. Throws `conflict` when a device or a profile has it.
    package func deleteCodec(_ id: CodecID, of organization: OrganizationID, audit: AuditNote? = nil)
        async throws -> Bool
    {
        try await write { [auditor] database in
            guard try CodecRow.fetch(id, in: organization, database) != nil else { return false }
            try Self.checkIsOwn(.codec, id.rawValue, database)
            let devices = try Named.codec.devices(with: id.rawValue, database)
            let profiles =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM deviceProfile WHERE codec = ?",
                    arguments: [id.rawValue]) ?? 0
            guard devices + profiles == 0 else {
                throw EdgeError(
                    .conflict, "The codec is in use by \(profiles) device profiles and \(devices) devices")
            }
            try database.execute(sql: "DELETE FROM codec WHERE id = ?", arguments: [id.rawValue])
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return true
        }
    }
}

/// One row of `codec`.
struct CodecRow {
    let codec: Codec

    /// With the organization's identifier beside the row's own columns.
    static let select =
        "SELECT c.*, o.id AS organization_id FROM codec c JOIN organization o ON o.key = c.organization"

    init(_ row: Row) {
        codec = Codec(
            id: CodecID(row["id"]), organization: OrganizationID(row["organization_id"]), name: row["name"],
            kind: Codec.Kind(rawValue: row["kind"]) ?? .cayenneLPP, source: row["source"],
            revision: row["revision"], createdAt: Timestamp(microseconds: row["created_at"]),
            updatedAt: Timestamp(microseconds: row["updated_at"]))
    }

    static func fetch(_ id: CodecID, in organization: OrganizationID, _ database: Database) throws -> Codec? {
        // Bound as text, a NUL would end the identifier.
        guard !id.rawValue.utf8.contains(0) else { return nil }
        return try Row.fetchOne(
            database, sql: "\(select) WHERE c.id = ? AND o.id = ?",
            arguments: [id.rawValue, organization.rawValue]
        ).map { CodecRow($0).codec }
    }
}
