package import EdgeModel
package import EdgeStore
import Synchronization

/// A central's side of store and forward: which gateways there are, and what they send.
package final class Central: Sendable {
    /// More gateways than this are refused.
    package static let limit = 10_000
    package static let nameLimit = 100
    /// What each gateway that is heard adds to the pause of all: a thousand send every ten seconds, and
    /// fewer commits take the same packets.
    private static let delayPerGateway = 10
    private static let delays = 1_000...30_000

    let store: Store
    /// Called after each change of the registry.
    let changed: @Sendable () -> Void
    let claims = Mutex(SessionClaims())
    private let gate: BatchGate
    private let directory: Mutex<Directory>

    private struct Directory {
        var byHash: [[UInt8]: GatewayID] = [:]
        var gateways: [GatewayID: EnrolledGateway] = [:]
        /// What was said since it was last written down.
        var unwritten: [GatewayID: (report: GatewayReport?, at: BootMoment)] = [:]
        /// How many were heard lately, counted now and then.
        var active = 0
        var countedAt = MonotonicInstant(nanoseconds: 0)
        /// The numbers of the last changes of settings and sessions, and when they were read.
        var revisions: (settings: Int64, sessions: Int64, at: MonotonicInstant)?
        /// The registry's revision with which nothing waits for a device that is there.
        var settledAt: Int64 = -1
    }

    package init(store: Store, changed: @escaping @Sendable () -> Void) async throws {
        self.store = store
        self.changed = changed
        gate = BatchGate(store: store)
        var directory = Directory()
        for (gateway, hash) in try await store.enrolledGateways() {
            directory.gateways[gateway.id] = gateway
            if let hash { directory.byHash[hash] = gateway.id }
        }
        self.directory = Mutex(directory)
    }

    /// A code that is nowhere else, and what it is for.
    package struct Invitation: Sendable {
        package var gateway: EnrolledGateway
        package var code: String
        package var expiresAt: Timestamp
    }

    /// What a gateway gets for its code: the credential is nowhere else.
    package struct Admission: Sendable {
        package var gateway: EnrolledGateway
        package var credential: String
    }

    /// Makes a code that one gateway enrolls with, within a quarter of an hour.
    package func invite(name: String, to organization: OrganizationID, by origin: Origin) async throws
        -> Invitation
    {
        let name = try TextRule(field: "name", limit: Self.nameLimit).check(name)
        guard directory.withLock({ $0.gateways.count }) < Self.limit else {
            throw EdgeError(.conflict, "At most \(Self.limit) gateways can be enrolled")
        }
        let now = store.moment
        let gateway = EnrolledGateway(
            id: GatewayID(UniqueID.random().description), organization: organization, name: name,
            createdAt: now.wall)
        let code = HandCode.random()
        try await store.addEnrollment(
            gateway, code: EnrollmentCode(hash: TokenIssuer.hash(code), madeAt: now),
            audit: AuditNote(.enrollmentCreate, by: origin, at: now.wall, in: organization, detail: name))
        directory.withLock { $0.gateways[gateway.id] = gateway }
        return Invitation(
            gateway: gateway, code: code,
            expiresAt: now.wall.advanced(byMicroseconds: EnrollmentCode.lifetime.microseconds))
    }

    /// Uses a code up: from now on it is good for this public key only. A gateway that did not get the
    /// answer asks again with the same key and gets a new credential for the one before.
    /// Throws `unauthenticated` for a code that is not good.
    package func enroll(code: String, publicKey: [UInt8], from origin: Origin) async throws -> Admission {
        guard publicKey.count == 32 else { throw EdgeError.invalid("public_key: 32 bytes are expected") }
        let credential = FreshTokens.make("heg_")
        let hash = TokenIssuer.hash(credential)
        let now = store.moment
        let gateway = try await store.enroll(
            codeHash: TokenIssuer.hash(HandCode.canonical(code)), credentialHash: hash,
            publicKey: publicKey, at: now,
            audit: {
                AuditNote(.enrollmentUse, by: origin, at: now.wall, in: $0.organization, detail: $0.name)
            },
            admitted: { [self] in admit($0, by: hash) })
        guard let gateway else {
            throw EdgeError(.unauthenticated, "The code is not valid: it was used, or it is too old")
        }
        return Admission(gateway: gateway, credential: credential)
    }

    /// From now on this credential is the gateway's, and no other.
    private func admit(_ gateway: EnrolledGateway, by hash: [UInt8]) {
        directory.withLock { directory in
            directory.byHash = directory.byHash.filter { $0.value != gateway.id }
            directory.byHash[hash] = gateway.id
            directory.gateways[gateway.id] = gateway
        }
    }

    /// Throws `unauthenticated` for a credential that is not good.
    package func authenticate(_ credential: some StringProtocol) throws -> EnrolledGateway {
        let hash = TokenIssuer.hash(credential)
        let now = store.moment
        let gateway = directory.withLock { directory -> EnrolledGateway? in
            guard let id = directory.byHash[hash] else { return nil }
            directory.gateways[id]?.lastSeen = now
            directory.unwritten[id] = (directory.unwritten[id]?.report, now)
            return directory.gateways[id]
        }
        guard let gateway else {
            throw EdgeError(.unauthenticated, "The gateway is not enrolled, or not any more")
        }
        return gateway
    }

    /// Takes what a gateway says of itself, and answers what is known of its present history.
    package func report(_ report: GatewayReport, of gateway: EnrolledGateway) async throws -> SyncAnswer {
        guard let epoch = UniqueID(report.epoch) else {
            throw EdgeError.invalid("epoch is not an identifier")
        }
        let report = try Self.checked(report)
        let now = store.moment
        directory.withLock { directory in
            directory.gateways[gateway.id]?.report = report
            directory.unwritten[gateway.id] = (report, now)
        }
        let receipt = try await store.receipt(of: epoch, from: gateway.id)
        return try await answer(epoch, receipt, to: gateway.id)
    }

    /// Takes a batch: when this returns, what it confirms is on the disk.
    package func receive(_ batch: SyncBatch, from gateway: EnrolledGateway) async throws -> SyncAnswer {
        let receipt = try await gate.receive((batch, gateway.id))
        return try await answer(batch.epoch, receipt, to: gateway.id)
    }

    /// The same, for a batch that came another way.
    func receive(_ batch: SyncBatch, of gateway: GatewayID) async throws -> SyncReceipt {
        try await gate.receive((batch, gateway))
    }

    /// What arrived of a history of the gateway, by the fingerprints of its rows.
    package func fingerprints(
        _ range: ClosedRange<Int64>, of epoch: UniqueID, from gateway: EnrolledGateway
    ) async throws -> SyncFingerprints {
        guard range.lowerBound >= 1, range.upperBound - range.lowerBound < SyncFingerprints.limit else {
            throw EdgeError.invalid("first and last: at most \(SyncFingerprints.limit) numbers from 1 on")
        }
        return try await store.fingerprints(range, of: epoch, from: gateway.id)
    }

    /// The gateways of an organization, the oldest first.
    package func list(_ organization: OrganizationID) async throws -> [EnrolledGateway] {
        let said = directory.withLock { $0.gateways }
        return try await store.enrolledGateways().map(\.gateway).filter { $0.organization == organization }
            .map { stored in
                var gateway = stored
                gateway.lastSeen = said[stored.id]?.lastSeen ?? stored.lastSeen
                gateway.report = said[stored.id]?.report ?? stored.report
                return gateway
            }
    }

    /// The same for a gateway that may be gone.
    func isOnline(_ gateway: GatewayID) -> Bool {
        directory.withLock { $0.gateways[gateway] }.map(isOnline) ?? false
    }

    package func isOnline(_ gateway: EnrolledGateway) -> Bool {
        gateway.enrolledAt != nil
            && gateway.lastSeen?.age(at: store.moment).map { $0 < EnrolledGateway.silence } == true
    }

    /// How many packets wait for devices that are not registered, and for how many devices.
    package func pending(_ organization: OrganizationID) async throws -> (packets: Int, devices: Int) {
        try await store.pendingPackets(of: organization)
    }

    /// From now on the gateway's credential is not good, nor its code.
    package func revoke(_ id: GatewayID, in organization: OrganizationID, by origin: Origin) async throws {
        guard directory.withLock({ $0.gateways[id] })?.organization == organization else {
            throw EdgeError.notFound("Gateway not found")
        }
        let now = store.clock.now().wall
        try await store.revokeEnrollment(
            id, at: now, audit: AuditNote(.enrollmentRevoke, by: origin, at: now, in: organization))
        directory.withLock { directory in
            directory.gateways[id] = nil
            directory.unwritten[id] = nil
            directory.byHash = directory.byHash.filter { $0.value != id }
        }
    }

    /// Stores what waited for devices that are there now. Looks only after the registry has changed.
    package func settle() async throws {
        let revision = store.registryRevision
        guard directory.withLock({ $0.settledAt != revision }) else { return }
        while try await store.settlePending() > 0, !Task.isCancelled {}
        directory.withLock { $0.settledAt = revision }
        try await store.forgetOldSettings()
    }

    /// Writes down what gateways said of themselves.
    package func writeReports() async throws {
        let unwritten = directory.withLock { directory in
            defer { directory.unwritten = [:] }
            return directory.unwritten
        }
        if !unwritten.isEmpty { try await store.note(unwritten) }
    }

    /// At most a second old: gateways look again.
    private func revisions() async throws -> (settings: Int64, sessions: Int64) {
        let now = store.clock.now().monotonic
        if let known = directory.withLock({ $0.revisions }), now.since(known.at) < .seconds(1) {
            return (known.settings, known.sessions)
        }
        let (settings, sessions) = (
            try await store.settingsRevision(), try await store.groupSessionRevision()
        )
        directory.withLock { $0.revisions = (settings, sessions, now) }
        return (settings, sessions)
    }

    private func answer(_ epoch: UniqueID, _ receipt: SyncReceipt, to gateway: GatewayID) async throws
        -> SyncAnswer
    {
        let revisions = try await revisions()
        let delay = activeGateways() * Self.delayPerGateway
        let clock = store.clock
        var answer = SyncAnswer(
            epoch: epoch, received: receipt.received, witness: receipt.witness, conflicts: receipt.conflicts,
            delayMilliseconds: min(max(delay, Self.delays.lowerBound), Self.delays.upperBound),
            registryRevision: store.registryRevision, centralEpoch: store.epoch.description,
            time: clock.quality == .none ? nil : clock.now().wall, settingsRevision: revisions.settings)
        answer.sessionsRevision = revisions.sessions
        answer.takes = SyncAnswer.takesRecords
        answer.wantsSessions = wantsSessions(from: gateway)
        return answer
    }

    private func activeGateways() -> Int {
        let now = store.moment
        return directory.withLock { directory in
            if now.monotonic.since(directory.countedAt) >= .seconds(5) || directory.active == 0 {
                directory.countedAt = now.monotonic
                directory.active = directory.gateways.values.count { gateway in
                    gateway.lastSeen?.age(at: now).map { $0 < EnrolledGateway.silence } == true
                }
            }
            return directory.active
        }
    }

    private static func checked(_ report: GatewayReport) throws -> GatewayReport {
        guard report.radios.count <= GatewayReport.radioLimit else {
            throw EdgeError.invalid("radios: at most \(GatewayReport.radioLimit) are listed")
        }
        let texts =
            [("version", report.version), ("clock", report.clock)]
            + report.radios.flatMap { [("radios.id", $0.id), ("radios.kind", $0.kind)] }
        for (field, text) in texts { _ = try TextRule(field: field, limit: 128).check(text) }
        let numbers = report.radios.flatMap { [$0.acknowledgedPercent, $0.temperature] }
        guard numbers.allSatisfy({ $0?.isFinite != false }) else {
            throw EdgeError.invalid("radios: a number is none")
        }
        return report
    }
}
