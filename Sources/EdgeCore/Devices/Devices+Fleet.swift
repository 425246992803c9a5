import Crypto
package import EdgeModel
import EdgeStore

extension Devices {
    /// Devices that the gateway is asked to invent keys for.
    package struct Fleet: Sendable {
        package var count: Int
        package var encryption: HubbleEncryption
        package var rotation = EIDRotation()
        /// One for each device, or empty.
        package var names: [String] = []
        /// One for each device, one for all, or empty.
        package var tags: [[String: String?]] = []
        package var installLocations: [Location?] = []
        /// Of all of them.
        package var assignment = DeviceAssignment()

        package init(count: Int, encryption: HubbleEncryption) {
            self.count = count
            self.encryption = encryption
        }
    }

    /// Registers as many devices as asked, all or none, each with a fresh key (or, for `none`, a
    /// fresh 34-bit network identifier) and a DevEUI made from its identifier.
    package func register(_ fleet: Fleet, in organization: OrganizationID, by origin: Origin) async throws
        -> [Device]
    {
        guard (1...DeviceRules.batchLimit).contains(fleet.count) else {
            throw EdgeError.invalid("n_devices is 1 to \(DeviceRules.batchLimit)")
        }
        for (field, count) in [
            ("names", fleet.names.count), ("install_locations", fleet.installLocations.count),
        ]
        where count != 0 && count != fleet.count {
            throw EdgeError.invalid("\(field) has \(count) entries for \(fleet.count) devices")
        }
        guard [0, 1, fleet.count].contains(fleet.tags.count) else {
            throw EdgeError.invalid("tags has \(fleet.tags.count) entries for \(fleet.count) devices")
        }
        try DeviceRules.check(fleet.rotation)
        try await check(fleet.assignment, in: organization)
        let devices = try (0..<fleet.count).map { try device($0, of: fleet, in: organization) }
        let registered = try await store.register(
            devices, audit: note(.deviceRegister, in: organization, by: origin)
        ) { device, _ in device.id }
        changed()
        return registered
    }

    private func device(_ position: Int, of fleet: Fleet, in organization: OrganizationID) throws -> Device {
        let id = UniqueID.random()
        var tags = fleet.tags.count > 1 ? fleet.tags[position] : fleet.tags.first ?? [:]
        let platform = try DeviceRules.takePlatform(&tags)
        let eui = Self.localEUI(from: id)
        let now = clock.now().wall
        var device = Device(
            id: DeviceID(id.description), organization: organization,
            name: try DeviceRules.check(
                name: fleet.names.isEmpty ? "Device \(id.description.prefix(8))" : fleet.names[position]),
            devEUI: eui, devEUISpelling: eui.description, platform: platform ?? .ble,
            tags: try DeviceRules.check(tags: tags.compactMapValues { $0 }),
            encryption: fleet.encryption, rotation: fleet.rotation,
            networkID: fleet.encryption == .none ? .random(in: 0..<1 << 34) : nil,
            key: Self.freshKey(fleet.encryption.keyLength),
            installLocation: fleet.installLocations.isEmpty ? nil : fleet.installLocations[position],
            createdAt: now, updatedAt: now)
        fleet.assignment.apply(to: &device)
        return device
    }

    private static func freshKey(_ length: Int) -> SecretBytes? {
        guard length > 0 else { return nil }
        return SymmetricKey(size: SymmetricKeySize(bitCount: length * 8)).withUnsafeBytes {
            SecretBytes(Array($0))
        }
    }

    /// An EUI-64 with the bit set that says: administered locally (IEEE 802, bit 1 of the first
    /// octet), and the multicast bit cleared.
    static func localEUI(from id: UniqueID) -> EUI64 {
        EUI64(rawValue: (id.high ^ id.low) & ~(1 << 56) | 1 << 57)
    }
}
