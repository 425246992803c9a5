import Crypto
package import EdgeModel
import EdgeStore

/// What the operator may choose about letters.
package struct LetterOptions: Sendable {
    /// Somebody carries them.
    package var areSent: Bool
    /// Scheme, host and port under which people reach this gateway; nil for those that the caller used.
    package var linkBase: String?

    package init(areSent: Bool = false, linkBase: String? = nil) {
        self.areSent = areSent
        self.linkBase = linkBase
    }
}

/// Inviting people who have no account here yet, or who have one and shall come by themselves.
package struct Invitations: Sendable {
    private let store: Store
    private let sessions: Sessions
    private let hasher: PasswordHasher
    private let limiter: AttemptLimiter
    private let emails: EmailRule
    private let letters: LetterOptions

    /// By the wall clock; one that was never set ends no invitation.
    package static let lifetime = Duration.seconds(7 * 24 * 3600)
    /// More pending invitations than this in one organization are refused.
    package static let limit = 500
    package static let messageLimit = 1_000
    init(
        store: Store, sessions: Sessions, hasher: PasswordHasher, limiter: AttemptLimiter,
        emails: EmailRule = .standard, letters: LetterOptions = LetterOptions()
    ) {
        self.letters = letters
        self.store = store
        self.sessions = sessions
        self.hasher = hasher
        self.limiter = limiter
        self.emails = emails
    }

    /// An invitation and the secret of its link, which is never to be had again.
    package struct Created: Sendable {
        package var invitation: Invitation
        package var token: String
    }

    package struct Request: Sendable {
        package var email: String
        package var role: Role
        package var message: String?
        /// Turns the secret into a link that leads back here.
        package var link: @Sendable (String) -> String

        package init(
            email: String, role: Role, message: String?, link: @escaping @Sendable (String) -> String
        ) {
            self.email = email
            self.role = role
            self.message = message
            self.link = link
        }
    }

    /// Where links lead; nil for where the caller found us.
    package var linkBase: String? { letters.linkBase }

    /// What became of the letter of an invitation, in words.
    package func mailStatus(of invitation: Invitation) -> String {
        switch invitation.mail {
        case nil: "there is no letter"
        case .sent: "sent"
        case .failed(let reason): "failed: \(reason)"
        case .queued(_, _) where !letters.areSent: "queued, no SMTP server is configured"
        case .queued(0, _): "queued"
        case .queued(let attempts, let error):
            "queued, attempt \(attempts) failed: \(error ?? "no reason was given")"
        }
    }

    package func pending(_ organization: OrganizationID, offset: Int = 0, limit: Int = limit) async throws
        -> InvitationPage
    {
        try await store.invitations(
            of: organization, at: store.clock.now().wall, offset: offset, limit: limit)
    }

    /// Throws `conflict` for a member, and for somebody who has an invitation.
    package func create(_ request: Request, by caller: Principal) async throws -> Created {
        try caller.requireGrant(of: request.role)
        let email = try emails.check(request.email, of: .invitee)
        let message = try request.message.flatMap { text in
            text.isEmpty ? nil : try TextRule(field: "message", limit: Self.messageLimit).check(text)
        }
        let now = store.clock.now().wall
        let invitation = Invitation(
            id: InvitationID(UniqueID.random().description), organization: caller.organization, email: email,
            role: request.role, message: message,
            invitedBy: caller.key.account?.rawValue ?? caller.key.id.rawValue, createdAt: now,
            expiresAt: now.advanced(byMicroseconds: Self.lifetime.microseconds))
        let token = SymmetricKey(size: .bits256).withUnsafeBytes { Base64URL.encode(Array($0)) }
        let audit = AuditNote(
            .invitationCreate, by: caller.origin, at: now, in: caller.organization,
            object: invitation.id.rawValue, detail: "\(email), role \(request.role.rawValue)")
        let outcome = try await store.invite(
            invitation, tokenHash: TokenIssuer.hash(token),
            mail: try await letter(invitation, link: request.link(token)), limit: Self.limit, audit: audit)
        switch outcome {
        case .invited(let invitation): return Created(invitation: invitation, token: token)
        case .alreadyInvited:
            throw EdgeError(.conflict, "There is a pending invitation for this email already")
        case .alreadyMember: throw Users.alreadyMember
        case .full:
            throw EdgeError(.conflict, "At most \(Self.limit) invitations are pending at once")
        }
    }

    private func letter(_ invitation: Invitation, link: String) async throws -> Mail {
        let name = try await store.organization(invitation.organization)?.name ?? ""
        let lines = [
            "You are invited to join \(name) as \(invitation.role.rawValue).", invitation.message,
            "Accept within 7 days: \(link)",
        ]
        return Mail(
            recipient: invitation.email, subject: "Invitation to \(name)",
            body: SecretBytes(Array(lines.compactMap(\.self).joined(separator: "\n\n").utf8)))
    }

    /// Takes a pending invitation back. Throws `notFound` when there is none.
    package func revoke(_ id: InvitationID, by caller: Principal) async throws -> InvitationID {
        try await revoke(id: id, email: nil, by: caller)
    }

    package func revoke(email: String, by caller: Principal) async throws -> InvitationID {
        try await revoke(id: nil, email: try emails.check(email, of: .invitee), by: caller)
    }

    private func revoke(id: InvitationID?, email: EmailAddress?, by caller: Principal) async throws
        -> InvitationID
    {
        let now = store.clock.now().wall
        let audit = AuditNote(.invitationRevoke, by: caller.origin, at: now, in: caller.organization)
        let revoked = try await store.revokeInvitation(
            id: id, email: email, in: caller.organization, at: now, audit: audit)
        guard let revoked else { throw EdgeError.notFound("Invitation not found") }
        return revoked
    }

    /// Makes who has the link a member, once. A person with an account says its password; one
    /// without gets an account with this name and password.
    package func accept(token: String, name: String?, password: String, from origin: Origin) async throws
        -> (user: User, organization: OrganizationID)
    {
        let began = store.clock.now()
        let names = ["invitations from \(origin.address ?? "")"]
        try limiter.begin(names, at: began.monotonic)
        let hash = TokenIssuer.hash(token)
        guard token.utf8.count <= 128,
            let invitation = try await store.invitation(tokenHash: hash, at: began.wall)
        else { throw Self.gone }
        var fresh: Account?
        if try await store.account(email: invitation.email) != nil {
            _ = try await sessions.authenticate(invitation.email, password, from: origin)
        } else {
            guard let name else { throw EdgeError.invalid("Missing required field: name") }
            fresh = try await Users.account(
                invitation.email, name: name, password: password, at: began.wall, hasher)
        }
        let audit = AuditNote(
            .invitationAccept, by: origin, at: began.wall, in: invitation.organization,
            object: invitation.id.rawValue, detail: "role \(invitation.role.rawValue)")
        let outcome = try await store.accept(
            invitation, creating: fresh, userLimit: Users.limit, at: began.wall, audit: audit)
        limiter.succeeded(names, at: began.monotonic)
        switch outcome {
        case .joined(let user): return (user, invitation.organization)
        case .gone: throw Self.gone
        case .alreadyMember: throw Users.alreadyMember
        case .full: throw Users.full
        }
    }

    private static var gone: EdgeError {
        EdgeError.notFound("The invitation is not there: used, revoked, expired, or never made")
    }
}
