package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

extension Store {
    /// This moment, in a form that can be kept.
    package var moment: BootMoment { BootMoment(boot: writerState.withLock { $0.boot }, at: clock.now()) }

    /// Adds a gateway, or changes the one with its identifier: `change` gets what is stored, or nil,
    /// and returns what is to be stored.
    package func updateGateway(
        _ id: GatewayID, _ change: @escaping @Sendable (UploadingGateway?) throws -> UploadingGateway
    ) async throws -> UploadingGateway {
        try await write { [self] database in
            let known = try Row.fetchOne(
                database, sql: "\(Self.selectGateways) WHERE g.id = ?", arguments: [id.rawValue])
            let gateway = try change(try known.map(Self.gateway))
            try database.execute(
                sql: """
                    INSERT INTO uploadingGateway (id, organization, sdk_key, device_id, description,
                        latitude, longitude, altitude, accuracy, located_at, registered_at, last_seen, tokens)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                    ON CONFLICT (id) DO UPDATE SET sdk_key = ?3, description = ?5, latitude = ?6,
                        longitude = ?7, altitude = ?8, accuracy = ?9, located_at = ?10, last_seen = ?12,
                        tokens = ?13
                    """,
                arguments: [
                    id.rawValue, try organizationKeys.key(gateway.organization, in: database),
                    gateway.sdkKey.rawValue, gateway.deviceID, try JSONColumn.text(gateway.description),
                    gateway.location?.latitude, gateway.location?.longitude, gateway.location?.altitude,
                    gateway.location?.accuracy, gateway.locatedAt?.microseconds,
                    gateway.registeredAt.microseconds, try JSONColumn.text(gateway.lastSeen),
                    try JSONColumn.text(gateway.tokens),
                ])
            return gateway
        }
    }

    /// All of them, the oldest first.
    package func uploadingGateways() async throws -> [UploadingGateway] {
        try await read { database in
            try Row.fetchAll(database, sql: "\(Self.selectGateways) ORDER BY g.key").map(Self.gateway)
        }
    }

    package func addSDKKey(_ key: SDKKey, hash: [UInt8], audit: AuditNote? = nil) async throws {
        try await write { [organizationKeys, auditor] database in
            try database.execute(
                sql: "INSERT INTO sdkKey (id, organization, name, hash, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    key.id.rawValue, try organizationKeys.key(key.organization, in: database), key.name,
                    Data(hash), key.createdAt.microseconds,
                ])
            try auditor.append(audit?.naming([key.id.rawValue]), in: database)
        }
    }

    /// Those that are not revoked, the oldest first, with their hashes.
    package func sdkKeys() async throws -> [(key: SDKKey, hash: [UInt8])] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT k.*, o.id AS organization_id FROM sdkKey k
                    JOIN organization o ON o.key = k.organization WHERE k.revoked_at IS NULL ORDER BY k.key
                    """
            ).map { row in
                let key = SDKKey(
                    id: SDKKeyID(row["id"]), organization: OrganizationID(row["organization_id"]),
                    name: row["name"], createdAt: Timestamp(microseconds: row["created_at"]))
                return (key, Array(row["hash"] as Data))
            }
        }
    }

    /// The row stays for the gateways that were registered with it; the hash goes.
    package func revokeSDKKey(_ id: SDKKeyID, at now: Timestamp, audit: AuditNote? = nil) async throws {
        try await write { [auditor] database in
            try database.execute(
                sql: "UPDATE sdkKey SET revoked_at = ?, hash = randomblob(32) WHERE id = ?",
                arguments: [now.microseconds, id.rawValue])
            try auditor.append(audit?.naming([id.rawValue]), in: database)
        }
    }

    private static let selectGateways = """
        SELECT g.*, o.id AS organization_id FROM uploadingGateway g
        JOIN organization o ON o.key = g.organization
        """

    private static func gateway(_ row: Row) throws -> UploadingGateway {
        var gateway = UploadingGateway(
            id: GatewayID(row["id"]), organization: OrganizationID(row["organization_id"]),
            sdkKey: SDKKeyID(row["sdk_key"]), deviceID: row["device_id"],
            description: try JSONColumn.value(row["description"]),
            registeredAt: Timestamp(microseconds: row["registered_at"]),
            lastSeen: try JSONColumn.value(row["last_seen"]), tokens: try JSONColumn.value(row["tokens"]))
        if let latitude = row["latitude"] as Double?, let longitude = row["longitude"] as Double? {
            gateway.location = Location(
                latitude: latitude, longitude: longitude, altitude: row["altitude"],
                accuracy: row["accuracy"])
        }
        gateway.locatedAt = (row["located_at"] as Int64?).map(Timestamp.init(microseconds:))
        gateway.counters.batches = row["batches"]
        gateway.counters.accepted = row["accepted"]
        gateway.counters.rejected = row["rejected"]
        return gateway
    }
}
