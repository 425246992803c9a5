/// Something that was expected to be heard and was not, for longer than its owner allows.
package struct Alert: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case device(DeviceID)
        case gateway(GatewayID)

        /// `device` or `gateway`.
        package var kind: String {
            switch self {
            case .device: "device"
            case .gateway: "gateway"
            }
        }

        package var id: String {
            switch self {
            case .device(let id): id.rawValue
            case .gateway(let id): id.rawValue
            }
        }
    }

    /// Opaque text; a UUID.
    package var id: String
    package var organization: OrganizationID
    package var subject: Subject
    /// What the subject was called when it fell silent.
    package var name: String
    /// The silence that was too long.
    package var allowedSilence: Duration
    package var lastSeenAt: Timestamp?
    package var raisedAt: Timestamp
    /// When it was heard again; nil while it is silent.
    package var clearedAt: Timestamp?

    package init(
        id: String, organization: OrganizationID, subject: Subject, name: String, allowedSilence: Duration,
        lastSeenAt: Timestamp?, raisedAt: Timestamp, clearedAt: Timestamp? = nil
    ) {
        self.id = id
        self.organization = organization
        self.subject = subject
        self.name = name
        self.allowedSilence = allowedSilence
        self.lastSeenAt = lastSeenAt
        self.raisedAt = raisedAt
        self.clearedAt = clearedAt
    }
}

/// Somebody of whom it is known how long they may be silent.
package struct WatchedSubject: Hashable, Sendable {
    package var organization: OrganizationID
    package var subject: Alert.Subject
    package var name: String
    package var allowedSilence: Duration
    /// By the wall clock; nil when it was never heard.
    package var lastSeenAt: Timestamp?
    /// Since when something is expected of it: its registration.
    package var watchedSince: Timestamp

    package init(
        organization: OrganizationID, subject: Alert.Subject, name: String, allowedSilence: Duration,
        lastSeenAt: Timestamp?, watchedSince: Timestamp
    ) {
        self.organization = organization
        self.subject = subject
        self.name = name
        self.allowedSilence = allowedSilence
        self.lastSeenAt = lastSeenAt
        self.watchedSince = watchedSince
    }
}
