/// A central that this gateway sends to.
package struct Upstream: Sendable {
    package var id: UpstreamID
    package var url: String
    /// Whose packets go there: an organization of this gateway.
    package var organization: OrganizationID
    /// What the central calls this gateway.
    package var gateway: GatewayID
    package var credential: SecretBytes
    /// The private half of the key that the registry is sealed to (X25519).
    package var privateKey: SecretBytes
    /// What operations are sealed to, and what the registry is sealed by (X25519).
    package var centralKey: [UInt8]
    /// The history of the central's registry that `registryRevision` is of.
    package var centralEpoch: String
    /// Changes of devices up to this registry revision of ours were merged at the central.
    package var operationsMark: Int64
    /// SHA-256 of the public key that the central proved at enrollment; nil over http.
    package var pin: [UInt8]?
    package var createdAt: Timestamp
    package var isPaused: Bool
    /// What the central has confirmed of this history.
    package var arrived: SequenceRanges
    /// Rows up to here may have been sent: what changes of them goes up again.
    package var reserved: Int64
    /// Changes of sent rows up to here are confirmed.
    package var updatesMark: Int64
    /// The central's registry up to here is in force here.
    package var registryRevision: Int64
    package var settings = SettingsProgress()
    package var sessions = CentralProgress()
    /// What the central has of the audit log, by its sequence.
    package var audit = CentralProgress()
    /// Frames that nobody could open go up, too.
    package var sendsRawFrames = false
    /// How many rows a second went there of late, while rows waited; nil before any did.
    package var rowsPerSecond: Double?
    package var contradictions: Int
    package var confirmedAt: Timestamp?
    package var lastError: String?
    /// Nil for a central that speaks our own protocol.
    package var hubble: HubbleRegistration?

    package init(
        id: UpstreamID, url: String, organization: OrganizationID, gateway: GatewayID,
        credential: SecretBytes, privateKey: SecretBytes, centralKey: [UInt8], pin: [UInt8]?,
        createdAt: Timestamp, centralEpoch: String = "", operationsMark: Int64 = 0,
        isPaused: Bool = false, arrived: SequenceRanges = SequenceRanges(), reserved: Int64 = 0,
        updatesMark: Int64 = 0,
        registryRevision: Int64 = 0, contradictions: Int = 0, confirmedAt: Timestamp? = nil,
        lastError: String? = nil, hubble: HubbleRegistration? = nil
    ) {
        self.id = id
        self.url = url
        self.organization = organization
        self.gateway = gateway
        self.credential = credential
        self.privateKey = privateKey
        self.centralKey = centralKey
        self.centralEpoch = centralEpoch
        self.operationsMark = operationsMark
        self.pin = pin
        self.createdAt = createdAt
        self.isPaused = isPaused
        self.arrived = arrived
        self.reserved = reserved
        self.updatesMark = updatesMark
        self.registryRevision = registryRevision
        self.contradictions = contradictions
        self.confirmedAt = confirmedAt
        self.lastError = lastError
        self.hubble = hubble
    }
}

/// An upstream's identifier. Opaque text.
package struct UpstreamID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}
