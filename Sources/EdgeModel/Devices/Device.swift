/// The radio technology that a device speaks, as the `hubnet.platform` tag spells it.
package enum Platform: Int, CaseIterable, Sendable {
    case ble = 1
    case lorawan = 2

    package var name: String {
        switch self {
        case .ble: "BLE"
        case .lorawan: "LoRaWAN"
        }
    }

    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

/// What the operator says of a device; whether it is heard is another matter.
package enum DeviceStatus: Int, Sendable {
    case active = 1
    case maintenance = 2
    case inactive = 3

    package var name: String {
        switch self {
        case .active: "active"
        case .maintenance: "maintenance"
        case .inactive: "inactive"
        }
    }
}

/// How a Hubble device protects its payload, as the official clients name it.
package enum HubbleEncryption: Int, CaseIterable, Sendable {
    case aes256CTR = 1
    case aes128CTR = 2
    case aes128EAX = 3
    case none = 4

    package var name: String {
        switch self {
        case .aes256CTR: "AES-256-CTR"
        case .aes128CTR: "AES-128-CTR"
        case .aes128EAX: "AES-128-EAX"
        case .none: "NONE"
        }
    }

    /// Bytes of device key; 0 for `none`.
    package var keyLength: Int {
        switch self {
        case .aes256CTR: 32
        case .aes128CTR, .aes128EAX: 16
        case .none: 0
        }
    }
}

/// What a device derives its time counter from.
package enum CounterSource: Int, CaseIterable, Sendable {
    case unixTime = 1
    case deviceUptime = 2

    package var name: String {
        switch self {
        case .unixTime: "UNIX_TIME"
        case .deviceUptime: "DEVICE_UPTIME"
        }
    }
}

/// How a Hubble device rotates its ephemeral identifier. Nil members are unknown until a packet
/// that opens tells them.
package struct EIDRotation: Hashable, Sendable {
    package var counterSource: CounterSource?
    /// The rotation period is 2^exponent seconds, 0...15; AES-128-EAX only.
    package var periodExponent: Int?

    package init(counterSource: CounterSource? = nil, periodExponent: Int? = nil) {
        self.counterSource = counterSource
        self.periodExponent = periodExponent
    }
}

/// A secret of a device. Does not print itself; compare secrets only through what they open.
package struct SecretBytes: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package var description: String { "<\(bytes.count) secret bytes>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A LoRaWAN session that was provisioned rather than joined (activation by personalisation).
package struct LoRaWANPersonalisation: Hashable, Sendable {
    package var devAddr: UInt32
    package var version: Version
    /// NwkSKey in LoRaWAN 1.0.x; FNwkSIntKey in 1.1.
    package var networkSessionKey: SecretBytes
    /// 1.1 only; 1.0.x has one network key.
    package var servingNetworkSessionKey: SecretBytes?
    /// 1.1 only.
    package var networkSessionEncryptionKey: SecretBytes?
    package var applicationSessionKey: SecretBytes
    /// Whether an uplink counter that starts again is taken. Refused unless the operator says so.
    package var allowsCounterReset: Bool

    package enum Version: Int, Sendable {
        case v10 = 10
        case v11 = 11
    }

    package init(
        devAddr: UInt32, version: Version, networkSessionKey: SecretBytes,
        servingNetworkSessionKey: SecretBytes? = nil, networkSessionEncryptionKey: SecretBytes? = nil,
        applicationSessionKey: SecretBytes, allowsCounterReset: Bool
    ) {
        self.devAddr = devAddr
        self.version = version
        self.networkSessionKey = networkSessionKey
        self.servingNetworkSessionKey = servingNetworkSessionKey
        self.networkSessionEncryptionKey = networkSessionEncryptionKey
        self.applicationSessionKey = applicationSessionKey
        self.allowsCounterReset = allowsCounterReset
    }
}

/// What was provisioned for a LoRaWAN device beyond its device key.
package struct LoRaWANProvisioning: Hashable, Sendable {
    /// Root keys for joining; AppKey is the only one in LoRaWAN 1.0.x.
    package var appKey: SecretBytes?
    package var nwkKey: SecretBytes?
    /// The session of a device that does not join.
    package var session: LoRaWANPersonalisation?

    package init(
        appKey: SecretBytes? = nil, nwkKey: SecretBytes? = nil, session: LoRaWANPersonalisation? = nil
    ) {
        self.appKey = appKey
        self.nwkKey = nwkKey
        self.session = session
    }
}

/// The thing with a key, as the registry knows it.
package struct Device: Sendable {
    package var id: DeviceID
    package var organization: OrganizationID
    package var name: String
    package var devEUI: EUI64
    /// The DevEUI as it was spelled at registration; echoed so.
    package var devEUISpelling: String
    package var status: DeviceStatus
    package var platform: Platform
    /// Custom tags. `hubnet.platform` is not among them: it follows `platform`.
    package var tags: [String: String]
    package var encryption: HubbleEncryption?
    package var rotation: EIDRotation
    /// Hubble version 1: the 34-bit identifier that the device sends in clear.
    package var networkID: UInt64?
    package var key: SecretBytes?
    package var lorawan: LoRaWANProvisioning?
    /// Where it was installed, when the installer said so.
    package var installLocation: Location?
    package var profile: DeviceProfileID?
    /// Its own codec, over that of its profile.
    package var codec: CodecID?
    /// Its own interval in whole seconds, over that of its profile.
    package var expectedUplinkInterval: Duration?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var lastSeenAt: Timestamp?
    package var packetCount: Int

    package init(
        id: DeviceID, organization: OrganizationID, name: String, devEUI: EUI64, devEUISpelling: String,
        status: DeviceStatus = .active, platform: Platform, tags: [String: String] = [:],
        encryption: HubbleEncryption? = nil, rotation: EIDRotation = EIDRotation(),
        networkID: UInt64? = nil, key: SecretBytes? = nil,
        lorawan: LoRaWANProvisioning? = nil, installLocation: Location? = nil,
        createdAt: Timestamp, updatedAt: Timestamp, lastSeenAt: Timestamp? = nil, packetCount: Int = 0
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.devEUI = devEUI
        self.devEUISpelling = devEUISpelling
        self.status = status
        self.platform = platform
        self.tags = tags
        self.encryption = encryption
        self.rotation = rotation
        self.networkID = networkID
        self.key = key
        self.lorawan = lorawan
        self.installLocation = installLocation
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastSeenAt = lastSeenAt
        self.packetCount = packetCount
    }

    /// Key lengths that a cipher of this gateway takes; a key of another length is kept, not used.
    package var hasUsableKey: Bool { key.map { $0.bytes.count == 16 || $0.bytes.count == 32 } ?? false }

    /// Whether it may ask for a LoRaWAN session: it has a root key, or a device key whose halves may be
    /// root keys, and was not personalised.
    package var joinsLoRaWAN: Bool {
        guard lorawanSession == nil else { return false }
        if lorawan?.appKey != nil || lorawan?.nwkKey != nil { return true }
        return key?.bytes.count == 16 || key?.bytes.count == 32
    }

    /// The session to open LoRaWAN uplinks with: the one provisioned, or the one that a 32-byte
    /// device key and the tags `lorawan.activation=ABP`, `lorawan.devaddr=<8 hex>` spell
    /// (NwkSKey is the first half of the key, AppSKey the second).
    package var lorawanSession: LoRaWANPersonalisation? {
        if let session = lorawan?.session { return session }
        guard tags["lorawan.activation"]?.uppercased() == "ABP",
            let devAddr = tags["lorawan.devaddr"].flatMap(hexadecimalUInt32), let key, key.bytes.count == 32
        else { return nil }
        return LoRaWANPersonalisation(
            devAddr: devAddr, version: .v10,
            networkSessionKey: SecretBytes(Array(key.bytes.prefix(16))),
            applicationSessionKey: SecretBytes(Array(key.bytes.suffix(16))), allowsCounterReset: false)
    }

    /// The name of the tag that tells the platform.
    package static let platformTag = "hubnet.platform"
    /// The name of the tag with the JoinEUI that somebody registered. It is shown beside the one that the
    /// device joins with, and decides nothing: the device's key does.
    package static let joinEUITag = "lorawan.join_eui"

    /// Custom tags and the platform's.
    package var allTags: [String: String] {
        tags.merging([Self.platformTag: platform.name]) { _, platform in platform }
    }
}
