package import EdgeModel
package import NIOCore

/// The mail server that letters are handed to, and how.
package struct MailOptions: Sendable {
    /// How the connection is protected.
    package enum Security: String, CaseIterable, Sendable {
        /// Begun in clear and then turned (RFC 3207). A server that does not offer it gets nothing.
        case startTLS = "starttls"
        /// From the first byte (RFC 8314).
        case implicit
        /// Not at all: within the own network only, and without a login.
        case off

        package var standardPort: Int {
            switch self {
            case .startTLS: 587
            case .implicit: 465
            case .off: 25
            }
        }
    }

    package struct Login: Sendable {
        package var user: String
        package var password: SecretBytes

        package init(user: String, password: SecretBytes) {
            self.user = user
            self.password = password
        }
    }

    package var host: DestinationURL.Host
    package var port: Int
    package var security: Security
    package var login: Login?
    package var sender: EmailAddress
    /// PEM of those who may vouch for the server; nil for whom the system trusts.
    package var authorities: [UInt8]?
    /// A letter is tried for about four and a half days, as RFC 5321 (section 4.5.4.1) wants.
    package var retry = RetryPolicy(first: .seconds(5), longest: .seconds(4 * 3_600), patience: .seconds(0))
    package var attemptLimit = 36
    package var connectTimeout = TimeAmount.seconds(30)
    /// For each reply, and for the one that takes the letter (RFC 5321, section 4.5.3.2).
    package var replyTimeout = TimeAmount.minutes(5)
    package var acceptanceTimeout = TimeAmount.minutes(10)
    /// How long an attempt that is under way may go on after the gateway was told to stop.
    package var grace = Duration.seconds(4)

    package init(
        host: DestinationURL.Host, port: Int, security: Security, login: Login? = nil, sender: EmailAddress,
        authorities: [UInt8]? = nil
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.login = login
        self.sender = sender
        self.authorities = authorities
    }
}

/// What an attempt to hand over one letter came to.
package enum MailAttempt: Hashable, Sendable {
    /// The server has it.
    case accepted
    /// The server does not take this letter, and never will.
    case refused(String)
    /// The server does not take this letter now.
    case deferred(String)
    /// The server, or the way to it, does not work; that is nothing against the letter.
    case failed(String)
}
