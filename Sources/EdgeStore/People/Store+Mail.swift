package import EdgeModel
import FoundationEssentials
import GRDB

extension Store {
    /// Letters that wait, those that were tried least first. One of an invitation that is over by `now` is of
    /// no use any more.
    package func waitingMail(at now: Timestamp, limit: Int) async throws -> [WaitingMail] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT m.id, m.attempts FROM \(MailRow.waiting) ORDER BY m.attempts, m.key LIMIT ?
                    """, arguments: [now.microseconds, limit]
            ).map { WaitingMail(id: $0["id"], attempts: $0["attempts"]) }
        }
    }

    /// A letter that waits, as it is to be sent; nil when it is gone meanwhile.
    package func mail(_ id: String) async throws -> Mail? {
        try await read { [sealer] database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT recipient, subject, sealed_body FROM mail WHERE id = ? AND state = 0",
                    arguments: [id])
            else { return nil }
            guard let recipient = EmailAddress(row["recipient"]) else {
                throw EdgeError(.unavailable, "a stored letter cannot be read")
            }
            let sealed: Data = row["sealed_body"]
            return Mail(
                recipient: recipient, subject: row["subject"],
                body: try sealer.open(Array(sealed), context: "mail \(id)"))
        }
    }

    /// Notes what an attempt came to. A letter that is done with keeps nothing of what it said.
    package func recordMail(_ id: String, _ state: MailState, at now: Timestamp) async throws {
        try await write { database in
            let (error, ended): (String?, Bool) =
                switch state {
                case .queued(_, let error): (error, false)
                case .sent: (nil, true)
                case .failed(let reason): (reason, true)
                }
            try database.execute(
                sql: "UPDATE mail SET attempts = attempts + 1, last_error = ? WHERE id = ? AND state = 0",
                arguments: [error, id])
            guard ended else { return }
            try database.execute(
                sql: """
                    UPDATE mail SET state = ?, ended_at = ?, sealed_body = zeroblob(0)
                    WHERE id = ? AND state = 0
                    """, arguments: [MailRow.number(of: state), now.microseconds, id])
        }
    }

    /// Letters that wait, of invitations that are good at `now`, and those that were given up.
    package func mailCounts(at now: Timestamp) async throws -> MailCounts {
        try await read { database in
            let waiting = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM \(MailRow.waiting)", arguments: [now.microseconds])
            let dead = try Int.fetchOne(database, sql: "SELECT count(*) FROM mail WHERE state = 2")
            return MailCounts(waiting: waiting ?? 0, dead: dead ?? 0)
        }
    }
}

/// The `state` of a row of `mail`.
enum MailRow {
    /// Letters that are to be sent at a moment, which is the argument.
    static let waiting = """
        mail m LEFT JOIN invitation i ON i.key = m.invitation
        WHERE m.state = 0 AND (i.key IS NULL OR (i.state = 0 AND i.expires_at > ?))
        """

    static func number(of state: MailState) -> Int {
        switch state {
        case .queued: 0
        case .sent: 1
        case .failed: 2
        }
    }

    /// Of a row that `InvitationRow` has read; nil where there is no letter.
    static func state(_ row: Row) -> MailState? {
        switch row["mail_state"] as Int? {
        case 0: .queued(attempts: row["mail_attempts"], lastError: row["mail_error"])
        case 1: .sent
        case 2: .failed(row["mail_error"] ?? "")
        default: nil
        }
    }
}
