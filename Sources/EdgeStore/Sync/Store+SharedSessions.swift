package import EdgeModel
import FoundationEssentials
import GRDB
import Synchronization

/// What a gateway has to say of its sessions.
package struct OutgoingSessions: Sendable {
    package var sessions: [SharedSession] = []
    package var claims: [SessionClaim] = []
    /// Changes that `sessions` cover, with their devices' rows.
    var covered: [(revision: Int64, device: Int64)] = []
    /// Devices whose downlinks are from now on limited to counters that are this gateway's.
    package var limited: [DeviceHandle] = []

    package var isEmpty: Bool { sessions.isEmpty && claims.isEmpty }
}

/// Sessions at a gateway that shares them.
extension Store {
    /// Raised when the network server has written sessions.
    package var sessionRevision: Int64 { sessionChanges.load(ordering: .acquiring) }

    /// The sessions of an organization that have changed and are answered here, and those of others that
    /// are heard here. From the first time on that a session goes, its downlink counters have a ceiling.
    ///
    /// `isRestored`: all that are answered here go, for others may have used the counters that this gateway
    /// believes to be free.
    package func outgoingSessions(of organization: OrganizationID, isRestored: Bool) async throws
        -> OutgoingSessions
    {
        try await write { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            var outgoing = OutgoingSessions()
            if isRestored {
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO sessionChange (device, number)
                            SELECT device, number FROM sharedSession WHERE NOT is_elsewhere
                        """)
            }
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT c.revision, s.device, s.number, s.sealed_state, s.summary, s.shape, s.reserved,
                        d.dev_eui, h.is_elsewhere, h.ceiling, j.sealed_state AS joins
                    FROM sessionChange c
                    JOIN lorawanSession s ON s.device = c.device AND s.number = c.number
                    JOIN device d ON d.key = s.device
                    LEFT JOIN sharedSession h ON h.device = s.device AND h.number = s.number
                    LEFT JOIN lorawanJoin j ON j.device = s.device
                    WHERE d.organization = ? AND d.deleted_at IS NULL ORDER BY c.revision LIMIT ?
                    """, arguments: [key, SharedSession.limit])
            for row in rows {
                outgoing.covered.append((row["revision"], row["device"]))
                guard row["is_elsewhere"] as Bool? != true, row["shape"] != nil else { continue }
                outgoing.sessions.append(try sharedSession(row, database))
                if row["ceiling"] == nil {
                    outgoing.limited.append(DeviceHandle(row: row["device"], organization: key))
                }
            }
            outgoing.claims = try claims(of: key, database)
            return outgoing
        }
    }

    private func sharedSession(_ row: Row, _ database: Database) throws -> SharedSession {
        let handle = DeviceHandle(row: row["device"], organization: 0)
        let (number, reserved): (UInt32, UInt32) = (row["number"], row["reserved"])
        var ceiling = row["ceiling"] as UInt32?
        if ceiling == nil {
            let first = reserved &+ SharedSession.counterBlock
            ceiling = first < reserved ? .max : first
            try database.execute(
                sql: """
                    INSERT INTO sharedSession (device, number, is_elsewhere, first_counter, ceiling)
                    VALUES (?, ?, 0, 0, ?)
                    """, arguments: [handle.row, number, ceiling])
        }
        let summary: LoRaWANSession.Summary = try JSONColumn.value(row["summary"])
        let state = try sealer.open(
            Array(row["sealed_state"] as Data), context: NetworkWriter.sessionContext(handle, number))
        let joins = try (row["joins"] as Data?).map {
            try sealer.open(Array($0), context: NetworkWriter.joinContext(handle))
        }
        return SharedSession(
            name: SessionName(
                eui: UInt64(bitPattern: row["dev_eui"] as Int64), devAddr: summary.devAddr),
            number: number, state: Data(state.bytes), summary: summary, joins: joins.map { Data($0.bytes) },
            shape: UInt64(bitPattern: row["shape"] as Int64), ceiling: ceiling ?? .max,
            wantsCounters: UInt64(reserved) + UInt64(SharedSession.counterReserve) > UInt64(ceiling ?? .max))
    }

    private func claims(of organization: Int64, _ database: Database) throws -> [SessionClaim] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT h.claimed_since, s.summary, d.dev_eui FROM sharedSession h
                JOIN lorawanSession s ON s.device = h.device AND s.number = h.number
                JOIN device d ON d.key = h.device
                WHERE h.claimed_since IS NOT NULL AND d.organization = ? AND d.deleted_at IS NULL LIMIT ?
                """, arguments: [organization, SharedSession.limit]
        ).map { row in
            let summary: LoRaWANSession.Summary = try JSONColumn.value(row["summary"])
            return SessionClaim(
                name: SessionName(
                    eui: UInt64(bitPattern: row["dev_eui"] as Int64), devAddr: summary.devAddr),
                since: row["claimed_since"])
        }
    }

    /// Puts in force what the central answered, in one transaction with its revision. Returns the devices
    /// whose sessions have changed.
    package func apply(
        _ answer: SessionAnswer, to outgoing: OutgoingSessions, _ progress: CentralProgress,
        of upstream: Upstream
    ) async throws -> [DeviceHandle] {
        try await write { [self] database in
            let key = try organizationKeys.key(upstream.organization, in: database)
            for (revision, _) in outgoing.covered {
                try database.execute(
                    sql: "DELETE FROM sessionChange WHERE revision = ?", arguments: [revision])
            }
            var receiver = SessionReceiver(store: self, database: database, organization: key)
            for grant in answer.grants { try receiver.take(grant) }
            for session in answer.sessions { try receiver.take(session) }
            for name in answer.wanted { try receiver.send(name) }
            let isAnother = upstream.sessions.epoch != progress.epoch && !upstream.sessions.epoch.isEmpty
            // A central that was restored may not know to whom it gave counters.
            if isAnother {
                try database.execute(
                    sql: """
                        INSERT OR IGNORE INTO sessionChange (device, number)
                            SELECT device, number FROM sharedSession WHERE NOT is_elsewhere
                        """)
            }
            try database.execute(
                sql: "UPDATE upstream SET sessions = ? WHERE id = ?",
                arguments: [try JSONColumn.text(progress), upstream.id.rawValue])
            return receiver.changed.map { DeviceHandle(row: $0, organization: key) }
        }
    }
}

/// Takes over what a central says of sessions, within one transaction.
private struct SessionReceiver {
    let store: Store
    let database: Database
    let organization: Int64
    var changed: Set<Int64> = []

    /// Sessions of one device that other gateways answer.
    private static let limit = 2

    mutating func take(_ grant: SessionGrant) throws {
        guard let (device, number) = try find(grant.name) else { return }
        if grant.isGranted {
            try database.execute(
                sql: """
                    UPDATE sharedSession SET is_elsewhere = 0, first_counter = ?, ceiling = ?,
                        claimed_since = NULL WHERE device = ? AND number = ?
                    """, arguments: [grant.first, grant.ceiling, device, number])
        } else {
            try database.execute(
                sql: """
                    UPDATE sharedSession SET is_elsewhere = 1,
                        quiet_below = coalesce(claimed_since + 8, quiet_below), claimed_since = NULL
                    WHERE device = ? AND number = ?
                    """, arguments: [device, number])
        }
        changed.insert(device)
    }

    mutating func take(_ session: SharedSession) throws {
        let eui = Int64(bitPattern: session.name.eui)
        guard session.state.count <= 65_536, session.joins?.count ?? 0 <= 65_536,
            let device = try Int64.fetchOne(
                database,
                sql: "SELECT key FROM device WHERE dev_eui = ? AND organization = ? AND deleted_at IS NULL",
                arguments: [eui, organization])
        else { return }
        let handle = DeviceHandle(row: device, organization: organization)
        let known = try find(session.name)
        if known == nil, try isTaken(session.number, of: device) { return }
        let number = known?.number ?? session.number
        if number == 0, try isOwn(number, of: device) {
            // Its keys are those of the device here: only who sends is new.
            try noteElsewhere(number, of: device)
            changed.insert(device)
            return
        }
        let sealed = try store.sealer.seal(
            Array(session.state), context: NetworkWriter.sessionContext(handle, number))
        try database.execute(
            sql: """
                INSERT INTO lorawanSession (device, number, sealed_state, summary) VALUES (?, ?, ?, ?)
                ON CONFLICT (device, number) DO UPDATE SET sealed_state = excluded.sealed_state,
                    summary = excluded.summary
                """,
            arguments: [device, number, Data(sealed), try JSONColumn.text(session.summary)])
        try noteElsewhere(number, of: device)
        if let joins = session.joins {
            let sealed = try store.sealer.seal(Array(joins), context: NetworkWriter.joinContext(handle))
            try database.execute(
                sql: "INSERT OR REPLACE INTO sharedJoin VALUES (?, ?)", arguments: [device, Data(sealed)])
        }
        try forgetOld(of: device, keeping: number)
        changed.insert(device)
    }

    private func noteElsewhere(_ number: UInt32, of device: Int64) throws {
        try database.execute(
            sql: """
                INSERT INTO sharedSession (device, number, is_elsewhere, first_counter, ceiling)
                VALUES (?, ?, 1, 0, 0)
                ON CONFLICT (device, number) DO UPDATE SET is_elsewhere = 1
                """, arguments: [device, number])
    }

    /// Whether there is such a session that did not come from others.
    private func isOwn(_ number: UInt32, of device: Int64) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT 1 FROM lorawanSession s
                LEFT JOIN sharedSession h ON h.device = s.device AND h.number = s.number
                WHERE s.device = ? AND s.number = ? AND h.is_elsewhere IS NOT 1
                """, arguments: [device, number]) ?? false
    }

    /// Its state goes up with the next request.
    mutating func send(_ name: SessionName) throws {
        guard let (device, number) = try find(name) else { return }
        try database.execute(
            sql: "INSERT OR IGNORE INTO sessionChange (device, number) VALUES (?, ?)",
            arguments: [device, number])
    }

    private func isTaken(_ number: UInt32, of device: Int64) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT 1 FROM lorawanSession WHERE device = ? AND number = ?",
            arguments: [device, number]) ?? false
    }

    private func find(_ name: SessionName) throws -> (device: Int64, number: UInt32)? {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT s.device, s.number, s.summary FROM lorawanSession s JOIN device d ON d.key = s.device
                WHERE d.dev_eui = ? AND d.organization = ? AND d.deleted_at IS NULL
                """, arguments: [Int64(bitPattern: name.eui), organization])
        for row in rows {
            let summary: LoRaWANSession.Summary = try JSONColumn.value(row["summary"])
            if summary.devAddr == name.devAddr { return (row["device"], row["number"]) }
        }
        return nil
    }

    /// A device is in one session, or about to be in another.
    private func forgetOld(of device: Int64, keeping number: UInt32) throws {
        try database.execute(
            sql: """
                DELETE FROM lorawanSession WHERE device = ?1 AND number IN (
                    SELECT number FROM sharedSession WHERE device = ?1 AND is_elsewhere AND number <> ?2
                    ORDER BY number DESC LIMIT -1 OFFSET \(Self.limit - 1))
                """, arguments: [device, number])
    }
}
