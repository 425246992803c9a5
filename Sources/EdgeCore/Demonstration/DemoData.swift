package import EdgeModel
import EdgeStore

/// The objects that the examples of the Hubble Cloud API reference name, under the same identifiers,
/// so that each of them runs as it is printed, in any order.
///
/// Written once, into an empty database. Two things differ from the reference, because its examples
/// would contradict each other: the device has a DevEUI of its own, as registering the printed one
/// succeeds; and `device-uuid-2` is not there, as changing it fails.
package struct DemoData: Sendable {
    package static let organization = OrganizationID("7db20441-a04c-49ba-8089-1197b3a66a4b")
    package static let organizationName = "Acme IoT Solutions"
    /// Of an account that belongs to no organization.
    static let strangerEmail = "jane.roe@example.com"
    static let contactEmail = "contact@example.com"

    let store: Store
    let authenticator: Authenticator

    private var now: Timestamp { store.clock.now().wall }

    /// Everything but the organization and the first key, which are there already.
    func write() async throws {
        try await writeProfile()
        try await writeKey()
        try await writeDevice()
        try await DemoPackets(store: store).write()
        // After the packets, so that none of them waits for it.
        try await writeWebhook()
        try await writePeople()
        try await writeInvitation()
        try await DemoInvoice(store: store) { note(.invoiceIssue, $0) }.write()
    }

    /// Moments that the reference's answers show.
    enum Moment {
        /// 2023-06-01T00:00:00Z
        static let founded = Timestamp(seconds: 1_685_577_600)
        /// 2024-01-15T10:30:00Z
        static let created = Timestamp(seconds: 1_705_314_600)
        /// 2024-01-20T14:22:00Z
        static let used = Timestamp(seconds: 1_705_760_520)
    }

    private func note(_ action: AuditAction, _ object: String) -> AuditNote {
        AuditNote(
            action, by: .gateway, at: now, in: Self.organization, object: object, detail: "demo data")
    }

    private func writeProfile() async throws {
        let audit = note(.organizationUpdate, Self.organization.rawValue)
        _ = try await store.updateOrganization(Self.organization, audit: audit) { organization in
            organization.address.street = "123 Main St"
            organization.address.city = "San Francisco"
            organization.address.state = "CA"
            organization.address.postalCode = "94105"
            organization.address.country = "USA"
            organization.contactEmail = Self.contactEmail
            organization.contactPhone = "+1-555-0100"
            organization.timeZone = "America/Los_Angeles"
            organization.plan = "enterprise"
            organization.createdAt = Moment.founded
        }
    }

    /// Nobody has its token.
    private func writeKey() async throws {
        let names = ["devices:read", "devices:write", "packets:read"]
        let key = APIKey(
            id: APIKeyID("550e8400-e29b-41d4-a716-446655440000"), organization: Self.organization,
            name: "Production API Key", scopes: names,
            permissions: Set(names.compactMap { Scope.named($0)?.permission }),
            createdAt: Moment.created, updatedAt: Moment.created, lastUsedAt: Moment.used)
        try await authenticator.add(
            StoredCredential(key: key, tokenHash: Self.unknownHash()),
            audit: note(.keyCreate, key.id.rawValue))
        try await store.noteUse(of: [key.id: Moment.used])
    }

    private static func unknownHash() -> [UInt8] {
        TokenIssuer.hash(UniqueID.random().description + UniqueID.random().description)
    }

    private func writeDevice() async throws {
        let device = Device(
            id: DemoPackets.device, organization: Self.organization, name: "Temperature Sensor #1",
            devEUI: EUI64(rawValue: 0x70B3_D549_96C4_C5A8), devEUISpelling: "70B3D54996C4C5A8",
            platform: .lorawan, tags: ["location": "warehouse-a", "sensor_type": "temperature"],
            key: SecretBytes(Array("base64_encoded_key_here".utf8)), createdAt: Moment.created,
            updatedAt: Moment.used)
        _ = try await store.register([device], audit: note(.deviceRegister, device.id.rawValue)) {
            device, _ in device.id
        }
    }

    /// At a name that leads nowhere by agreement (RFC 6761).
    private func writeWebhook() async throws {
        let id = WebhookID("webhook-uuid-1")
        try await store.addWebhook(
            Webhook(
                id: id, organization: Self.organization, name: "Production Webhook",
                url: "https://your-domain.invalid/webhook/hubble", maxBatchSize: 100,
                secret: SecretBytes(Array("your-secret-token-for-validation".utf8)), shape: .both,
                createdAt: Moment.created, updatedAt: Moment.created), limit: WebhookRules.limit)
        for result in [AttemptRecord.Result.parked("503 Service Unavailable"), .delivered, .delivered] {
            let attempt = AttemptRecord(
                result, through: store.lastSequence, isRetry: false, duration: .milliseconds(245))
            _ = try await store.record(attempt, of: id)
        }
    }

    private func writePeople() async throws {
        try await join("user-uuid-1", "john.doe@example.com", "John Doe", as: .admin)
        try await join("user-uuid-2", "max.poe@example.com", "Max Poe", as: .member)
        try await join("user-uuid-3", Self.strangerEmail, "Jane Roe", as: .member)
        _ = try await store.removeUser(
            AccountID("user-uuid-3"), in: Self.organization, at: now,
            audit: note(.userRemove, "user-uuid-3"), check: { _, _ in }, committed: {})
        try await noteLogin(of: AccountID("user-uuid-1"))
    }

    private func join(_ id: String, _ email: String, _ name: String, as role: Role) async throws {
        guard let email = EmailAddress(email) else { throw EdgeError.invalid("Invalid email: \(email)") }
        // Nobody has the password, so a hash that costs little protects nothing less.
        let password = SecretBytes(UniqueID.random().bytes + UniqueID.random().bytes)
        let hash = try await PasswordHasher(cost: PasswordCost(logRounds: 4, parallelism: 1)).hash(password)
        let account = Account(
            id: AccountID(id), email: email, name: PersonName(name), passwordHash: hash,
            createdAt: Moment.founded)
        _ = try await store.join(
            email, creating: account, as: role, in: Self.organization, limit: Users.limit,
            at: Moment.founded, audit: note(.userAdd, id))
    }

    /// A session that begins and ends leaves the time of the login.
    private func noteLogin(of account: AccountID) async throws {
        let session = APIKey(
            id: APIKeyID(UniqueID.random().description), organization: Self.organization,
            name: "Demo data", scopes: [], permissions: [], createdAt: Moment.used, updatedAt: Moment.used,
            expiresAt: Moment.used, account: account)
        _ = try await store.addSession(
            of: account, in: Self.organization, limit: Sessions.limit, at: Moment.used, audit: nil,
            credential: { _ in StoredCredential(key: session, tokenHash: Self.unknownHash()) },
            committed: { _, _ in })
        try await store.endSession(session.id, audit: nil, committed: {})
    }

    /// Good for as long as one that is made now, as one of 2024 would be over.
    private func writeInvitation() async throws {
        guard let email = EmailAddress("invited@example.com") else { return }
        let invitation = Invitation(
            id: InvitationID("invite-uuid-1"), organization: Self.organization, email: email, role: .member,
            message: nil, invitedBy: "user-uuid-1", createdAt: now,
            expiresAt: now.advanced(byMicroseconds: Invitations.lifetime.microseconds))
        let letter = Mail(
            recipient: email, subject: "Invitation to \(Self.organizationName)",
            body: SecretBytes(Array("Demo data: there is no link.".utf8)))
        _ = try await store.invite(
            invitation, tokenHash: Self.unknownHash(), mail: letter, limit: Invitations.limit,
            audit: note(.invitationCreate, invitation.id.rawValue))
    }
}

extension EdgeCore {
    /// What `begin` does, with the organization of the reference and all that its examples name.
    /// Throws `conflict` when the database holds anything else.
    package func beginDemonstration(keep: @Sendable @escaping (FirstKey) throws -> Void) async throws
        -> FirstKey?
    {
        let state = try await store.demoState()
        switch state {
        case .foreign:
            throw EdgeError(.conflict, "demo data goes into an empty database only; this one has other data")
        case .begun:
            throw EdgeError(
                .conflict, "the demo data in this database is not complete; begin with an empty one")
        case .complete: break
        case .empty: try await store.setDemoState(.begun)
        }
        let key = try await begin(
            name: DemoData.organizationName, organization: DemoData.organization, keep: keep)
        if state == .empty {
            try await DemoData(store: store, authenticator: authenticator).write()
            try await store.setDemoState(.complete)
        }
        return key
    }
}
