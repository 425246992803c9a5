package import EdgeModel
import FoundationEssentials
import GRDB

/// What of a session decides who sends in it.
package struct SessionStanding: Sendable {
    package var name: SessionName
    package var sender: GatewayID
    /// The last uplink that the sender has told of.
    package var lastUplink: UInt32?

    package init(name: SessionName, sender: GatewayID, lastUplink: UInt32?) {
        self.name = name
        self.sender = sender
        self.lastUplink = lastUplink
    }
}

/// Sessions at a central.
extension Store {
    /// Sessions of one device that are kept: the one in use, and another that may take its place.
    private static let sessionsKept = 2

    /// The number of the last change of any session.
    package func groupSessionRevision() async throws -> Int64 {
        try await read { try SessionGroup.revision($0) }
    }

    /// Takes over the states that a gateway brings, decides who sends, and answers what others have
    /// brought, all in one transaction.
    ///
    /// `heard` is told of each state that came from its sender; `decide` says of a claim whether it is
    /// good, or nil when that is not known yet.
    package func exchange(
        _ request: SessionExchange, from gateway: EnrolledGateway,
        heard: @escaping @Sendable (SessionStanding) -> Void,
        decide: @escaping @Sendable (SessionClaim, SessionStanding) -> Bool?
    ) async throws -> SessionAnswer {
        try await write { [self] database in
            let group = SessionGroup(
                store: self, database: database, gateway: gateway.id, epoch: request.epoch,
                organization: try organizationKeys.key(gateway.organization, in: database))
            var answer = SessionAnswer()
            for session in request.sessions.prefix(SharedSession.limit) {
                answer.grants.append(try group.take(session, heard: heard))
            }
            for claim in request.claims.prefix(SharedSession.limit) {
                if let grant = try group.judge(claim, decide) { answer.grants.append(grant) }
            }
            try group.addOthers(to: &answer, after: request.after)
            return answer
        }
    }

    /// Keeps the newest sessions of a device.
    fileprivate static func forgetOldSessions(
        of eui: UInt64, in organization: Int64, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                DELETE FROM groupSession WHERE organization = ?1 AND dev_eui = ?2 AND key IN (
                    SELECT key FROM groupSession WHERE organization = ?1 AND dev_eui = ?2
                    ORDER BY revision DESC LIMIT -1 OFFSET \(sessionsKept))
                """, arguments: [organization, Int64(bitPattern: eui)])
    }
}

/// The sessions of one organization, as one gateway meets them.
private struct SessionGroup {
    let store: Store
    let database: Database
    let gateway: GatewayID
    /// The gateway's history.
    let epoch: String
    let organization: Int64

    /// What is kept sealed.
    private struct Secrets: Codable {
        var state: Data
        var joins: Data?
        var summary: LoRaWANSession.Summary
    }

    func take(_ session: SharedSession, heard: (SessionStanding) -> Void) throws -> SessionGrant {
        guard session.state.count <= 65_536, session.joins?.count ?? 0 <= 65_536 else {
            throw EdgeError.invalid("a session is larger than any is")
        }
        guard let row = try row(of: session.name) else {
            try insert(session)
            try Store.forgetOldSessions(of: session.name.eui, in: organization, database)
            return SessionGrant(name: session.name, isGranted: true, ceiling: session.ceiling)
        }
        guard row["sender"] as String == gateway.rawValue else {
            return SessionGrant(name: session.name, isGranted: false)
        }
        heard(
            SessionStanding(
                name: session.name, sender: gateway, lastUplink: session.summary.frameCounterUp))
        var known = max(row["ceiling"] as UInt32, session.ceiling)
        var grant = SessionGrant(name: session.name, isGranted: true, ceiling: session.ceiling)
        // Who was restored does not know what it used.
        let isRestored = row["sender_epoch"] as String != epoch
        if session.wantsCounters || isRestored {
            grant.first = known
            known = Self.block(after: known)
            grant.ceiling = known
            if !isRestored, grant.first == session.ceiling { grant.first = 0 }
        }
        try update(session, row, ceiling: known)
        return grant
    }

    func judge(_ claim: SessionClaim, _ decide: (SessionClaim, SessionStanding) -> Bool?) throws
        -> SessionGrant?
    {
        guard let row = try row(of: claim.name) else { return nil }
        let (key, ceiling): (Int64, UInt32) = (row["key"], row["ceiling"])
        let standing = SessionStanding(
            name: claim.name, sender: GatewayID(row["sender"]), lastUplink: row["last_uplink"])
        // It was granted, and the answer was lost.
        let isSender = standing.sender == gateway
        guard let isGood = isSender ? true : decide(claim, standing) else { return nil }
        guard isGood else { return SessionGrant(name: claim.name, isGranted: false) }
        // A central that was restored may have given more than it knows.
        let isOfAnotherHistory = row["central_epoch"] as Data != store.epoch.data
        let steps = isOfAnotherHistory ? 4 : 0
        let first = (0..<steps).reduce(ceiling) { ceiling, _ in Self.block(after: ceiling) }
        let next = Self.block(after: first)
        try database.execute(
            sql: """
                UPDATE groupSession SET sender = ?, sender_epoch = ?, central_epoch = ?, ceiling = ?,
                    last_uplink = NULL, revision = ? WHERE key = ?
                """,
            arguments: [gateway.rawValue, epoch, store.epoch.data, next, try nextRevision(), key])
        return SessionGrant(name: claim.name, isGranted: true, first: first, ceiling: next)
    }

    func addOthers(to answer: inout SessionAnswer, after revision: Int64) throws {
        let newest = try Self.revision(database)
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM groupSession WHERE organization = ? AND revision > ? AND sender <> ?
                ORDER BY revision LIMIT ?
                """,
            arguments: [
                organization, revision > newest ? 0 : revision, gateway.rawValue, SharedSession.limit,
            ])
        answer.isLast = rows.count < SharedSession.limit
        answer.revision = answer.isLast ? newest : rows.last?["revision"] ?? newest
        for row in rows {
            let name = SessionName(
                eui: UInt64(bitPattern: row["dev_eui"] as Int64), devAddr: row["dev_addr"])
            let bytes = try store.sealer.open(Array(row["sealed"] as Data), context: context(name)).bytes
            let secrets = try JSONDecoder().decode(Secrets.self, from: Data(bytes))
            answer.sessions.append(
                SharedSession(
                    name: name, number: row["number"], state: secrets.state, summary: secrets.summary,
                    joins: secrets.joins, shape: UInt64(bitPattern: row["shape"] as Int64), ceiling: 0,
                    wantsCounters: false))
        }
    }

    private static func block(after counter: UInt32) -> UInt32 {
        let end = counter.addingReportingOverflow(SharedSession.counterBlock)
        return end.overflow ? .max : end.partialValue
    }

    private func row(of name: SessionName) throws -> Row? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT * FROM groupSession WHERE organization = ? AND dev_eui = ? AND dev_addr = ?"),
            arguments: [organization, Int64(bitPattern: name.eui), name.devAddr])
    }

    private func insert(_ session: SharedSession) throws {
        try database.execute(
            sql: """
                INSERT INTO groupSession (revision, organization, dev_eui, dev_addr, sender, sender_epoch,
                    central_epoch, number, shape, ceiling, last_uplink, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                try nextRevision(), organization, Int64(bitPattern: session.name.eui), session.name.devAddr,
                gateway.rawValue,
                epoch, store.epoch.data, session.number, Int64(bitPattern: session.shape), session.ceiling,
                session.summary.frameCounterUp, try sealed(session),
            ])
    }

    /// Counts as a change for others only when they must know of it.
    private func update(_ session: SharedSession, _ row: Row, ceiling: UInt32) throws {
        let shape = Int64(bitPattern: session.shape)
        let isNews = row["shape"] as Int64 != shape
        let number = try isNews ? nextRevision() : row["revision"]
        try database.execute(
            sql: """
                UPDATE groupSession SET revision = ?, sender_epoch = ?, central_epoch = ?, number = ?, shape = ?,
                    ceiling = ?, last_uplink = ?, sealed = ? WHERE key = ?
                """,
            arguments: [
                number, epoch, store.epoch.data, session.number, shape, ceiling,
                session.summary.frameCounterUp, try sealed(session), row["key"] as Int64,
            ])
    }

    /// Never given twice, also when the session that had the last one is gone.
    private func nextRevision() throws -> Int64 {
        let next = try Self.revision(database) + 1
        try database.execute(
            sql: "INSERT OR REPLACE INTO property VALUES ('group_session_revision', ?)", arguments: [next])
        return next
    }

    static func revision(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database.cachedStatement(
                sql: "SELECT value FROM property WHERE name = 'group_session_revision'")) ?? 0
    }

    private func sealed(_ session: SharedSession) throws -> Data {
        let secrets = Secrets(state: session.state, joins: session.joins, summary: session.summary)
        let bytes = Array(try JSONEncoder().encode(secrets))
        return Data(try store.sealer.seal(bytes, context: context(session.name)))
    }

    private func context(_ name: SessionName) -> String {
        "group session \(organization)/\(name.eui)/\(name.devAddr)"
    }
}
