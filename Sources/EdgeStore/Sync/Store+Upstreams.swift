import Crypto
package import EdgeModel
import FoundationEssentials
import GRDB
import Logging
import Synchronization

extension Store {
    /// The private key (X25519) that this gateway enrolls with by a code: always the same for the same
    /// code, so that it is there before the central is asked and after this process has died of it.
    package func enrollmentKey(for code: String) -> SecretBytes {
        SecretBytes(sealer.derivedKey(for: "enrollment \(code)").withUnsafeBytes { Array($0) })
    }

    /// Adds a central to send to, from the first packet that is still here.
    package func addUpstream(_ upstream: Upstream, audit: AuditNote?) async throws {
        let credential = Data(
            try sealer.seal(upstream.credential.bytes, context: Self.credentialContext(upstream.id)))
        let privateKey = Data(
            try sealer.seal(upstream.privateKey.bytes, context: Self.privateKeyContext(upstream.id)))
        let epoch = self.epoch
        try await write { [organizationKeys, auditor, sealer] database in
            try database.execute(
                sql: """
                    INSERT INTO upstream (id, url, organization, gateway, sealed_credential,
                        sealed_private_key, central_key, pin, created_at, epoch, device_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    upstream.id.rawValue, upstream.url,
                    try organizationKeys.key(upstream.organization, in: database),
                    upstream.gateway.rawValue, credential, privateKey, Data(upstream.centralKey),
                    upstream.pin.map { Data($0) },
                    upstream.createdAt.microseconds, epoch.data, upstream.hubble?.deviceID,
                ])
            if let hubble = upstream.hubble {
                try Self.write(hubble.refreshToken, of: upstream.id, sealer, database)
                try Self.queueUnopenedFrames(database)
            }
            try auditor.append(audit?.naming([upstream.id.rawValue]), in: database)
        }
        noteUpstreamChange()
    }

    /// All of them, the oldest first. What was confirmed in another history than the present one does
    /// not count.
    package func upstreams() async throws -> [Upstream] {
        let epoch = self.epoch
        return try await read { [sealer] database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT u.*, o.id AS organization_id FROM upstream u
                    JOIN organization o ON o.key = u.organization ORDER BY u.key
                    """
            ).map { try Self.upstream($0, epoch: epoch, sealer) }
        }
    }

    /// False when there is no such upstream.
    /// `committed` is called with what went with it, before anybody else writes.
    package func removeUpstream(
        _ id: UpstreamID, audit: AuditNote?,
        committed: @Sendable @escaping (SettingsOutcome) -> Void = { _ in }
    ) async throws -> Bool {
        let removed = try await write { [self] database -> SettingsOutcome? in
            let outcome = try forgetSettings(of: id, database)
            try database.execute(sql: "DELETE FROM upstream WHERE id = ?", arguments: [id.rawValue])
            guard database.changesCount > 0 else { return nil }
            try Self.forgetConfirmedChanges(database)
            try Self.forgetSentFrames(database)
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            afterCommit { committed(outcome) }
            return outcome
        }
        if let removed { try await noteChanges(removed) }
        noteUpstreamChange()
        return removed != nil
    }

    /// False when there is no such upstream.
    package func setPaused(_ isPaused: Bool, upstream id: UpstreamID, audit: AuditNote?) async throws -> Bool
    {
        let isThere = try await write { [auditor] database in
            try database.execute(
                sql: "UPDATE upstream SET is_paused = ? WHERE id = ?", arguments: [isPaused, id.rawValue])
            guard database.changesCount > 0 else { return false }
            try auditor.append(audit?.naming([id.rawValue]), in: database)
            return true
        }
        noteUpstreamChange()
        return isThere
    }

    /// Writes down how far an upstream is. Nothing happens when it is not there any more.
    package func note(_ progress: UpstreamProgress, of id: UpstreamID) async throws {
        let epoch = self.epoch
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE upstream SET epoch = ?, arrived = ?, reserved = max(reserved, ?), updates_mark = ?,
                        registry_revision = ?, central_epoch = ?, contradictions = ?,
                        confirmed_at = coalesce(?, confirmed_at), last_error = ?, frames_mark = ?,
                        rows_per_second = ?
                    WHERE id = ?
                    """,
                arguments: [
                    epoch.data, try JSONColumn.text(progress.arrived), progress.reserved,
                    progress.updatesMark,
                    progress.registryRevision, progress.centralEpoch, progress.contradictions,
                    progress.confirmedAt?.microseconds,
                    progress.lastError, progress.framesMark, progress.rowsPerSecond, id.rawValue,
                ])
            try Self.forgetConfirmedChanges(database)
            try Self.forgetSentFrames(database)
        }
    }

    /// Rows up to here may leave by another way: what changes of them from now on goes up, too.
    package func reserve(through sequence: Int64, of id: UpstreamID) async throws {
        try await write { database in
            try database.execute(
                sql: "UPDATE upstream SET reserved = max(reserved, ?) WHERE id = ?",
                arguments: [sequence, id.rawValue])
        }
    }

    /// Begins another history: what has a sequence number of the old one twice is told apart by it.
    package func renewEpoch() async throws {
        let fresh = UniqueID.random()
        let now = clock.now().monotonic
        try await write { [self] database in
            try Identity(epoch: fresh, sequence: lastSequence).store(database)
            afterCommit { [self] in
                writerState.withLock { state in
                    state.epoch = fresh
                    do {
                        try state.mark.write(.init(epoch: fresh, sequence: state.sequence), at: now)
                    } catch {
                        logger.error(
                            "the high-water mark was not written", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    /// Raised with each change of the list of upstreams, and of their being paused.
    package var upstreamRevision: Int64 { upstreamChanges.load(ordering: .acquiring) }

    func noteUpstreamChange() {
        upstreamChanges.wrappingAdd(1, ordering: .releasing)
        changes.raise()
    }

    /// What every upstream has confirmed of the present history; nil where there is no upstream.
    func confirmed(_ database: Database) throws -> SequenceRanges? {
        let epoch = self.epoch
        return try Row.fetchAll(database, sql: "SELECT epoch, arrived FROM upstream")
            .reduce(into: SequenceRanges?.none) { confirmed, row in
                let isOfThisHistory = UniqueID(bytes: Array(row["epoch"] as Data)) == epoch
                let arrived: SequenceRanges =
                    isOfThisHistory ? try JSONColumn.value(row["arrived"]) : SequenceRanges()
                confirmed = confirmed?.intersection(arrived) ?? arrived
            }
    }

    private static func forgetConfirmedChanges(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM receptionChange
                WHERE revision <= (SELECT ifnull(min(updates_mark), 9223372036854775807) FROM upstream
                    WHERE device_id IS NULL)
                """)
    }

    private static func upstream(_ row: Row, epoch: UniqueID, _ sealer: KeySealer) throws -> Upstream {
        let id = UpstreamID(row["id"])
        let isOfThisHistory = UniqueID(bytes: Array(row["epoch"] as Data)) == epoch
        var upstream = Upstream(
            id: id, url: row["url"], organization: OrganizationID(row["organization_id"]),
            gateway: GatewayID(row["gateway"]),
            credential: try sealer.open(
                Array(row["sealed_credential"] as Data), context: credentialContext(id)),
            privateKey: try sealer.open(
                Array(row["sealed_private_key"] as Data), context: privateKeyContext(id)),
            centralKey: Array(row["central_key"] as Data), pin: (row["pin"] as Data?).map { Array($0) },
            createdAt: Timestamp(microseconds: row["created_at"]), centralEpoch: row["central_epoch"],
            operationsMark: row["operations_mark"], isPaused: row["is_paused"],
            arrived: isOfThisHistory ? try JSONColumn.value(row["arrived"]) : SequenceRanges(),
            reserved: row["reserved"],
            updatesMark: row["updates_mark"], registryRevision: row["registry_revision"],
            contradictions: row["contradictions"],
            confirmedAt: (row["confirmed_at"] as Int64?).map(Timestamp.init(microseconds:)),
            lastError: row["last_error"], hubble: try hubble(row, of: id, sealer))
        upstream.sessions = try JSONColumn.value(row["sessions"])
        upstream.audit = try JSONColumn.value(row["audit"])
        upstream.sendsRawFrames = row["sends_raw_frames"]
        upstream.rowsPerSecond = row["rows_per_second"]
        upstream.settings = try JSONColumn.value(row["settings"])
        return upstream
    }

    private static func credentialContext(_ id: UpstreamID) -> String { "upstream credential \(id)" }
    private static func privateKeyContext(_ id: UpstreamID) -> String { "upstream private key \(id)" }
}

/// What is written down of an upstream now and then; less than the truth costs only repeats.
package struct UpstreamProgress: Hashable, Sendable {
    package var arrived: SequenceRanges
    package var reserved: Int64
    package var updatesMark: Int64
    package var registryRevision: Int64
    package var centralEpoch: String
    package var contradictions: Int
    package var confirmedAt: Timestamp?
    package var lastError: String?
    package var framesMark: Int64
    package var rowsPerSecond: Double?

    package init(_ upstream: Upstream) {
        arrived = upstream.arrived
        reserved = upstream.reserved
        updatesMark = upstream.updatesMark
        registryRevision = upstream.registryRevision
        centralEpoch = upstream.centralEpoch
        contradictions = upstream.contradictions
        confirmedAt = upstream.confirmedAt
        lastError = upstream.lastError
        framesMark = upstream.hubble?.framesMark ?? 0
        rowsPerSecond = upstream.rowsPerSecond
    }
}
