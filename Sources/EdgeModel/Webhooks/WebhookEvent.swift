/// What a webhook can be told of.
package enum WebhookEvent: String, CaseIterable, Sendable {
    /// Every packet; what a webhook gets that names nothing.
    case packets
    case deviceSilent = "device.silent"
    case deviceHeardAgain = "device.heard_again"
    case gatewaySilent = "gateway.silent"
    case gatewayHeardAgain = "gateway.heard_again"
    /// Two packet forwarders have one EUI.
    case gatewayDuplicated = "gateway.duplicated"
}

/// Something that happened beside the packets, in the order in which it did.
package struct GatewayEvent: Sendable {
    package var sequence: Int64
    /// Opaque text; a UUID, by which a receiver knows a repetition.
    package var id: String
    package var organization: OrganizationID
    package var type: WebhookEvent
    package var subject: Alert.Subject
    package var name: String
    package var allowedSilence: Duration
    package var lastSeenAt: Timestamp?
    package var occurredAt: Timestamp

    package init(
        sequence: Int64 = 0, id: String, organization: OrganizationID, type: WebhookEvent,
        subject: Alert.Subject, name: String, allowedSilence: Duration, lastSeenAt: Timestamp?,
        occurredAt: Timestamp
    ) {
        self.sequence = sequence
        self.id = id
        self.organization = organization
        self.type = type
        self.subject = subject
        self.name = name
        self.allowedSilence = allowedSilence
        self.lastSeenAt = lastSeenAt
        self.occurredAt = occurredAt
    }
}
