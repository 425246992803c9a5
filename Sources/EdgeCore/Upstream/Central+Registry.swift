package import EdgeModel
import EdgeStore

/// The registry between a central and its gateways.
extension Central {
    /// The devices that changed after `revision`.
    package func registry(after revision: Int64, for gateway: EnrolledGateway) async throws -> RegistryPage {
        try await store.registryPage(of: gateway.organization, after: max(0, revision))
    }

    /// The private key that the registry is sealed by, and that operations are sealed to (X25519).
    package var privateKey: SecretBytes { store.signingKey(for: "registry envelopes") }

    /// Merges changes that a gateway made. Throws `invalid` for what no device may be.
    package func merge(_ operations: [RegistryOperation], from gateway: EnrolledGateway) async throws {
        guard operations.count <= RegistryOperation.limit else {
            throw EdgeError.invalid("operations: at most \(RegistryOperation.limit) at once")
        }
        let now = store.clock.now().wall
        var fresh: [UInt64: Device] = [:]
        for operation in operations where !operation.isDeletion {
            let device = Self.device(operation, in: gateway.organization, at: now)
            try Self.check(operation, device)
            if !device.name.isEmpty { fresh[operation.eui] = device }
        }
        try await store.merge(
            operations, registering: fresh, in: gateway.organization,
            from: gateway.id, admit: Self.check
        ) { outcome in
            guard let action = outcome.action else { return nil }
            let what = outcome.isRemoved ? "is removed here, lost" : "kept as here"
            let kept = outcome.kept.isEmpty ? "" : "; \(what): \(outcome.kept.joined(separator: ", "))"
            return AuditNote(
                action, by: .gateway, at: now, in: gateway.organization, object: outcome.device?.rawValue,
                detail: String("merged from gateway \(gateway.name)\(kept)".prefix(1_000)))
        }
        changed()
    }

    /// The device that an operation would register.
    private static func device(
        _ operation: RegistryOperation, in organization: OrganizationID, at now: Timestamp
    ) -> Device {
        var device = Device(
            id: DeviceID(""), organization: organization, name: operation.to["name"] ?? "",
            devEUI: EUI64(rawValue: operation.eui),
            devEUISpelling: operation.to["spelling"] ?? EUI64(rawValue: operation.eui).description,
            platform: .ble, createdAt: now, updatedAt: now)
        for (field, value) in operation.to { device.setSyncField(field, value, operation.secrets) }
        return device
    }

    private static func check(_ settings: AdmittedSettings) throws {
        switch settings {
        case .codec(let codec, let count):
            guard count <= CodecRules.limit else {
                throw EdgeError(.conflict, "An organization has at most \(CodecRules.limit) codecs")
            }
            try CodecRules.check(name: codec.name)
            try CodecRules.check(source: codec.source)
        case .profile(let profile, let count):
            guard count <= DeviceProfileRules.limit else {
                throw EdgeError(
                    .conflict, "An organization has at most \(DeviceProfileRules.limit) device profiles")
            }
            try DeviceProfileRules.check(profile)
        }
    }

    private static func check(_ operation: RegistryOperation, _ device: Device) throws {
        guard operation.id.utf8.count <= 128, operation.device?.utf8.count ?? 0 <= 128,
            operation.from.count <= 64, operation.to.count <= 64
        else {
            throw EdgeError.invalid("an operation has too many fields")
        }
        if operation.to["name"] != nil { _ = try DeviceRules.check(name: device.name) }
        guard EUI64(device.devEUISpelling) == device.devEUI, device.devEUISpelling.utf8.count <= 32 else {
            throw EdgeError.invalid("spelling is not that of the DevEUI")
        }
        // Those of both sides may be more than either takes.
        for (name, value) in device.tags { _ = try DeviceRules.check(tags: [name: value]) }
        try DeviceRules.check(key: device.key)
        try DeviceRules.check(device.rotation)
        if let interval = device.expectedUplinkInterval {
            guard DeviceProfileRules.expectedIntervalSeconds.contains(Int(interval.components.seconds)) else {
                throw EdgeError.invalid("expected_interval is out of bounds")
            }
        }
    }
}
