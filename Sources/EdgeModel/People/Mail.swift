/// A letter that waits for somebody to carry it.
package struct Mail: Sendable {
    package var recipient: EmailAddress
    package var subject: String
    /// Carries the link, so it is kept sealed.
    package var body: SecretBytes

    package init(recipient: EmailAddress, subject: String, body: SecretBytes) {
        self.recipient = recipient
        self.subject = subject
        self.body = body
    }
}

/// What became of a letter.
package enum MailState: Hashable, Sendable {
    /// It waits. So often it was tried, and why the last time was in vain.
    case queued(attempts: Int, lastError: String?)
    /// A server took it.
    case sent
    /// A dead letter: it is not tried again, for this reason.
    case failed(String)
}

/// A letter that waits, without what it says.
package struct WaitingMail: Hashable, Sendable {
    package var id: String
    /// How often it was tried, over restarts.
    package var attempts: Int

    package init(id: String, attempts: Int) {
        self.id = id
        self.attempts = attempts
    }
}

/// Letters of all organizations.
package struct MailCounts: Hashable, Sendable {
    package var waiting: Int
    package var dead: Int

    package init(waiting: Int, dead: Int) {
        self.waiting = waiting
        self.dead = dead
    }
}
