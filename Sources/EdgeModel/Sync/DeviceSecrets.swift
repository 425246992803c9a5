import FoundationEssentials

/// The secrets of a device between a gateway and its central: only ever within a sealed envelope.
package struct DeviceSecrets: Hashable, Sendable, Codable, CustomReflectable {
    package var key: SecretBytes?
    package var lorawan: LoRaWANProvisioning?

    package init(key: SecretBytes? = nil, lorawan: LoRaWANProvisioning? = nil) {
        self.key = key
        self.lorawan = lorawan
    }

    package init(_ device: Device) { self.init(key: device.key, lorawan: device.lorawan) }

    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private struct Form: Codable {
        var key: Data?
        var hasLoRaWAN: Bool?
        var appKey: Data?
        var nwkKey: Data?
        var session: Session?

        struct Session: Codable {
            var devAddr: UInt32
            var version: Int
            var network: Data
            var serving: Data?
            var encryption: Data?
            var application: Data
            var allowsCounterReset: Bool
        }
    }

    package init(from decoder: any Decoder) throws {
        let form = try Form(from: decoder)
        key = form.key.map(Self.secret)
        guard form.hasLoRaWAN == true else { return }
        var provisioning = LoRaWANProvisioning(
            appKey: form.appKey.map(Self.secret), nwkKey: form.nwkKey.map(Self.secret))
        provisioning.session = form.session.map { session in
            LoRaWANPersonalisation(
                devAddr: session.devAddr, version: .init(rawValue: session.version) ?? .v10,
                networkSessionKey: Self.secret(session.network),
                servingNetworkSessionKey: session.serving.map(Self.secret),
                networkSessionEncryptionKey: session.encryption.map(Self.secret),
                applicationSessionKey: Self.secret(session.application),
                allowsCounterReset: session.allowsCounterReset)
        }
        lorawan = provisioning
    }

    package func encode(to encoder: any Encoder) throws {
        var form = Form()
        form.key = key.map { Data($0.bytes) }
        if let lorawan {
            form.hasLoRaWAN = true
            form.appKey = lorawan.appKey.map { Data($0.bytes) }
            form.nwkKey = lorawan.nwkKey.map { Data($0.bytes) }
            form.session = lorawan.session.map { session in
                Form.Session(
                    devAddr: session.devAddr, version: session.version.rawValue,
                    network: Data(session.networkSessionKey.bytes),
                    serving: session.servingNetworkSessionKey.map { Data($0.bytes) },
                    encryption: session.networkSessionEncryptionKey.map { Data($0.bytes) },
                    application: Data(session.applicationSessionKey.bytes),
                    allowsCounterReset: session.allowsCounterReset)
            }
        }
        try form.encode(to: encoder)
    }

    /// No key is longer than 64 bytes.
    private static func secret(_ data: Data) -> SecretBytes { SecretBytes(Array(data.prefix(64))) }
}

/// One device of a central's registry, as a gateway gets it.
package struct RegistryEntry: Hashable, Sendable, Codable {
    package var id: String
    package var eui: UInt64
    package var isDeleted: Bool
    /// Microseconds since 1970.
    package var createdAt: Int64
    package var updatedAt: Int64
    package var fields: [String: String]
    package var secrets: DeviceSecrets

    package init(_ device: Device, isDeleted: Bool) {
        id = device.id.rawValue
        eui = device.devEUI.rawValue
        self.isDeleted = isDeleted
        createdAt = device.createdAt.microseconds
        updatedAt = device.updatedAt.microseconds
        fields = isDeleted ? [:] : device.syncFields
        secrets = isDeleted ? DeviceSecrets() : DeviceSecrets(device)
    }

    /// The device, for the first time here.
    package func device(in organization: OrganizationID) -> Device {
        var device = Device(
            id: DeviceID(id), organization: organization, name: fields["name"] ?? "",
            devEUI: EUI64(rawValue: eui), devEUISpelling: fields["spelling"] ?? "", platform: .ble,
            createdAt: Timestamp(microseconds: createdAt), updatedAt: Timestamp(microseconds: updatedAt))
        for (field, value) in fields { device.setSyncField(field, value, secrets) }
        return device
    }
}

/// A part of a central's registry: devices in the order of their changes.
package struct RegistryPage: Hashable, Sendable, Codable {
    /// Devices of one page.
    package static let limit = 200

    package var entries: [RegistryEntry]
    /// Everything up to here is in force once these entries are.
    package var revision: Int64
    package var isLast: Bool
    /// `SettingsKind.format` of what the entries say; nil is 1.
    package var format: Int?
    /// What the entries refer to is among the settings up to this revision.
    package var settingsRevision: Int64?

    package init(
        entries: [RegistryEntry], revision: Int64, isLast: Bool, format: Int? = nil,
        settingsRevision: Int64? = nil
    ) {
        self.entries = entries
        self.revision = revision
        self.isLast = isLast
        self.format = format
        self.settingsRevision = settingsRevision
    }

    /// What a gateway of an earlier version can hold against what it has.
    package func inFirstFormat() -> RegistryPage {
        var page = RegistryPage(entries: entries, revision: revision, isLast: isLast)
        for index in page.entries.indices {
            page.entries[index].fields = entries[index].fields.filter {
                !Device.laterSyncFields.contains($0.key)
            }
        }
        return page
    }
}

/// A change of a device that was made on a gateway.
package struct RegistryOperation: Hashable, Sendable, Codable {
    /// Operations of one request.
    package static let limit = 200

    /// The same each time that it is sent.
    package var id: String
    package var eui: UInt64
    package var isDeletion: Bool
    /// The fields that were changed, as they were when gateway and central last agreed.
    package var from: [String: String]
    /// The same fields as they are now; those that are not among them are gone.
    package var to: [String: String]
    package var secrets: DeviceSecrets
    /// The device's identifier, where `to` is all of the device and `from` all that was agreed on: to a
    /// central that may have lost it.
    package var device: String?
    /// Profiles and codecs that the device has and the central may not have.
    package var requires: [SettingsItem]?

    package init(
        id: String, eui: UInt64, isDeletion: Bool, from: [String: String], to: [String: String],
        secrets: DeviceSecrets
    ) {
        self.id = id
        self.eui = eui
        self.isDeletion = isDeletion
        self.from = from
        self.to = to
        self.secrets = secrets
    }

    /// The names of the fields that were changed.
    package var changes: [String] {
        Set(from.keys).union(to.keys).filter { from[$0] != to[$0] }.sorted()
    }

    /// Merges the change into a device as it is at the central: a field that was changed there too
    /// stays as it is there, and what it may have lost is there again. Returns the names of the fields that
    /// stay as they are.
    package func merge(into device: inout Device) -> [String] {
        let current = device.syncFields
        var kept: [String] = []
        for field in Set(from.keys).union(to.keys).sorted() where current[field] != to[field] {
            if current[field] == from[field] || (self.device != nil && current[field] == nil) {
                device.setSyncField(field, to[field], secrets)
            } else {
                kept.append(field)
            }
        }
        return kept
    }
}
