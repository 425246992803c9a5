/// The owner of devices, keys and webhooks. Opaque text; generated ones are UUIDs.
package struct OrganizationID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// A registered device. Opaque text; generated ones are UUIDs.
package struct DeviceID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }

    private static let namespace = UniqueID(high: 0x6f1d_6f0c_9a41_5a0e, low: 0x8d53_7c1e_2f60_b9a4)

    /// The identifier of the device with `devEUI` in `organization`: two gateways that register it
    /// without seeing each other agree. `generation` counts earlier devices with this DevEUI that
    /// were deleted.
    package init(organization: OrganizationID, devEUI: EUI64, generation: Int) {
        var name = "\(organization)/\(devEUI)"
        if generation > 0 { name += "/\(generation)" }
        rawValue = UniqueID.named(name.utf8, in: Self.namespace).description
    }
}

/// An API key's identifier; never the credential itself. Opaque text; generated ones are UUIDs.
package struct APIKeyID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}
