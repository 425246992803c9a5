/// A gateway that hears by itself and uploads over the gateway API.
package struct UploadingGateway: Sendable {
    package var id: GatewayID
    package var organization: OrganizationID
    /// The SDK key that it registered with last: without that, its tokens are worth nothing.
    package var sdkKey: SDKKeyID
    /// What it calls itself; opaque.
    package var deviceID: String
    package var description: Description
    /// Its last fix.
    package var location: Location?
    package var locatedAt: Timestamp?
    package var registeredAt: Timestamp
    package var lastSeen: BootMoment
    package var tokens: GatewayTokens
    package var counters = Counters()

    /// Without a word for this long, a gateway is offline.
    package static let silence = Duration.seconds(900)

    package struct Description: Hashable, Sendable, Codable {
        package var type: String?
        package var manufacturer: String?
        package var model: String?
        package var firmwareVersion: String?
        package var locale: String?
        package var bleAdapterState: String?
        package init() {}
    }

    /// Since it was registered for the first time.
    package struct Counters: Hashable, Sendable {
        package var batches = 0
        package var accepted = 0
        package var rejected = 0
        package init() {}
    }

    package init(
        id: GatewayID, organization: OrganizationID, sdkKey: SDKKeyID, deviceID: String,
        description: Description, registeredAt: Timestamp, lastSeen: BootMoment, tokens: GatewayTokens
    ) {
        self.id = id
        self.organization = organization
        self.sdkKey = sdkKey
        self.deviceID = deviceID
        self.description = description
        self.registeredAt = registeredAt
        self.lastSeen = lastSeen
        self.tokens = tokens
    }

    private static let namespace = UniqueID(high: 0xb1d6_5f0e_3c27_5d91, low: 0xa2f4_0c88_17be_6350)

    /// The identifier of the gateway that calls itself `deviceID` in `organization`: the same after
    /// every registration.
    package static func id(of deviceID: String, in organization: OrganizationID) -> GatewayID {
        GatewayID(UniqueID.named("\(organization)/\(deviceID)".utf8, in: namespace).description)
    }

    package func isOnline(at now: BootMoment) -> Bool {
        lastSeen.age(at: now).map { $0 < Self.silence } ?? false
    }
}

/// An SDK key's identifier; never the key itself. Opaque text.
package struct SDKKeyID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// What gateways of an organization register with: everything but the key itself.
package struct SDKKey: Sendable {
    package var id: SDKKeyID
    package var organization: OrganizationID
    package var name: String
    package var createdAt: Timestamp

    package init(id: SDKKeyID, organization: OrganizationID, name: String, createdAt: Timestamp) {
        self.id = id
        self.organization = organization
        self.name = name
        self.createdAt = createdAt
    }
}
