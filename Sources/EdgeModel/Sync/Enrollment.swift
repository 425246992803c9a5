/// A gateway that a central knows: from the making of its code on.
package struct EnrolledGateway: Sendable {
    package var id: GatewayID
    package var organization: OrganizationID
    package var name: String
    package var createdAt: Timestamp
    /// Nil until the code was used.
    package var enrolledAt: Timestamp?
    /// When it spoke last.
    package var lastSeen: BootMoment?
    package var report: GatewayReport?
    /// What its registry is sealed to: an X25519 public key.
    package var publicKey: [UInt8]
    /// Rows that contradicted others of the same number, since the enrollment.
    package var conflicts: Int
    package var packets: Int

    package init(
        id: GatewayID, organization: OrganizationID, name: String, createdAt: Timestamp,
        enrolledAt: Timestamp? = nil, lastSeen: BootMoment? = nil, report: GatewayReport? = nil,
        publicKey: [UInt8] = [], conflicts: Int = 0, packets: Int = 0
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.createdAt = createdAt
        self.enrolledAt = enrolledAt
        self.lastSeen = lastSeen
        self.report = report
        self.publicKey = publicKey
        self.conflicts = conflicts
        self.packets = packets
    }

    /// A gateway that was silent for so long is not online.
    package static let silence = Duration.seconds(120)
}

/// The right to enroll one gateway: the first public key that comes with it has it.
package struct EnrollmentCode: Sendable {
    /// Long enough that it is not guessed; good for so long.
    package static let lifetime = Duration.seconds(900)

    package var hash: [UInt8]
    package var madeAt: BootMoment

    package init(hash: [UInt8], madeAt: BootMoment) {
        self.hash = hash
        self.madeAt = madeAt
    }

    /// After a reboot without a clock nobody can tell, and it is not good.
    package func isGood(at now: BootMoment) -> Bool {
        madeAt.age(at: now).map { $0 < Self.lifetime } ?? false
    }
}
