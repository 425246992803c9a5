package import EdgeModel
package import EdgeStore

/// The registry of devices: registering, reading, changing, deleting.
package struct Devices: Sendable {
    let store: Store
    let clock: EdgeClock
    /// Called after each change, so that the pipeline opens what it now can.
    let changed: @Sendable () -> Void

    package init(store: Store, changed: @escaping @Sendable () -> Void) {
        self.store = store
        clock = store.clock
        self.changed = changed
    }

    /// A device that its owner describes.
    package struct Registration: Sendable {
        package var name: String
        package var devEUI: String
        package var key: SecretBytes?
        package var tags: [String: String?] = [:]
        package var encryption: HubbleEncryption?
        package var rotation = EIDRotation()
        package var networkID: UInt64?
        package var lorawan: LoRaWANProvisioning?
        package var installLocation: Location?
        package var assignment = DeviceAssignment()

        package init(name: String, devEUI: String) {
            self.name = name
            self.devEUI = devEUI
        }
    }

    /// Registers one device. Throws `invalid` for data against the rules, `conflict` for a DevEUI
    /// that is in use.
    package func register(
        _ registration: Registration, in organization: OrganizationID, by origin: Origin
    ) async throws -> Device {
        let device = try device(from: registration, in: organization)
        try await check(registration.assignment, in: organization)
        let registered = try await store.register(
            [device], audit: note(.deviceRegister, in: organization, by: origin)
        ) { device, generation in
            DeviceID(organization: organization, devEUI: device.devEUI, generation: generation)
        }
        changed()
        guard let device = registered.first else {
            throw EdgeError(.internal, "a registration without a device")
        }
        return device
    }

    func device(from registration: Registration, in organization: OrganizationID) throws -> Device {
        var tags = registration.tags
        let platform = try DeviceRules.takePlatform(&tags)
        try DeviceRules.check(key: registration.key)
        try DeviceRules.check(registration.rotation)
        try DeviceRules.check(registration.encryption, key: registration.key)
        if let networkID = registration.networkID, networkID >= 1 << 34 {
            throw EdgeError.invalid("network_id has more than 34 bits")
        }
        let now = clock.now().wall
        var device = Device(
            id: DeviceID(""), organization: organization,
            name: try DeviceRules.check(name: registration.name),
            devEUI: try DeviceRules.check(devEUI: registration.devEUI), devEUISpelling: registration.devEUI,
            platform: platform ?? (registration.lorawan == nil ? .ble : .lorawan),
            tags: try DeviceRules.check(tags: tags.compactMapValues { $0 }),
            encryption: registration.encryption, rotation: registration.rotation,
            networkID: registration.networkID, key: registration.key, lorawan: registration.lorawan,
            installLocation: registration.installLocation, createdAt: now, updatedAt: now)
        registration.assignment.apply(to: &device)
        return device
    }

    func note(
        _ action: AuditAction, in organization: OrganizationID, by origin: Origin, detail: String? = nil
    ) -> AuditNote {
        AuditNote(action, by: origin, at: clock.now().wall, in: organization, detail: detail)
    }

    package func get(_ id: DeviceID, in organization: OrganizationID) async throws -> Device {
        if let device = try await store.device(id, in: organization) { return device }
        // Additive: a DevEUI addresses a device too.
        if let eui = EUI64(id.rawValue),
            let named = try await store.deviceID(devEUI: eui, in: organization),
            let device = try await store.device(named, in: organization)
        {
            return device
        }
        throw EdgeError.notFound("Device not found")
    }

    package func list(_ query: DeviceQuery) async throws -> DevicePage { try await store.devices(query) }

    package func count(_ query: DeviceQuery) async throws -> Int { try await store.count(query) }

    /// What a client wants changed; nil members stay.
    package struct Change: Sendable {
        package var name: String?
        /// Merged into the tags; nil values remove.
        package var mergeTags: [String: String?]?
        /// Replaces the custom tags.
        package var replaceTags: [String: String]?
        package var status: DeviceStatus?
        package var key: SecretBytes?
        package var encryption: HubbleEncryption?
        package var rotation: EIDRotation?
        package var lorawan: LoRaWANProvisioning?
        package var installLocation: Location?
        package var assignment = DeviceAssignment()
        package init() {}

        /// The names of what changes; never the values, which may be secret.
        fileprivate var fields: String {
            let named: [(String, Bool)] = [
                ("name", name != nil), ("tags", mergeTags != nil || replaceTags != nil),
                ("status", status != nil), ("key", key != nil), ("encryption", encryption != nil),
                ("rotation", rotation != nil), ("lorawan", lorawan != nil),
                ("location", installLocation != nil),
            ]
            return (named + assignment.fields).filter(\.1).map(\.0).joined(separator: ", ")
        }
    }

    package func update(
        _ id: DeviceID, _ change: Change, in organization: OrganizationID, by origin: Origin
    ) async throws -> Device {
        let now = clock.now().wall
        let target = try await get(id, in: organization).id
        try await check(change.assignment, in: organization)
        let audit = note(.deviceUpdate, in: organization, by: origin, detail: change.fields)
        let device = try await store.update(target, in: organization, audit: audit) {
            try Self.apply(change, to: &$0, at: now)
        }
        changed()
        guard let device else { throw EdgeError.notFound("Device not found") }
        return device
    }

    /// Changes each device by itself; the results are in the order of the changes.
    package func updateEach(
        _ changes: [(id: DeviceID, change: Result<Change, EdgeError>)], in organization: OrganizationID,
        by origin: Origin
    ) async throws -> [Result<Device, EdgeError>] {
        guard changes.count <= DeviceRules.batchLimit else {
            throw EdgeError.invalid("at most \(DeviceRules.batchLimit) devices in one request")
        }
        let now = clock.now().wall
        let assignments = changes.map { (try? $0.change.get().assignment) ?? DeviceAssignment() }
        let problems = try await check(assignments, in: organization)
        let wanted = zip(changes, problems).map { change, problem in
            problem.map(Result.failure) ?? change.change
        }
        let results = try await store.updateEach(
            changes.map(\.id), in: organization, audit: note(.deviceUpdate, in: organization, by: origin)
        ) { position, device in
            try Self.apply(wanted[position].get(), to: &device, at: now)
        }
        changed()
        return results.map { result in
            result.flatMap { device in
                device.map(Result.success) ?? .failure(EdgeError.notFound("Device not found"))
            }
        }
    }

    static func apply(_ change: Change, to device: inout Device, at now: Timestamp) throws {
        if let name = change.name { device.name = try DeviceRules.check(name: name) }
        if var tags = change.mergeTags {
            if let platform = try DeviceRules.takePlatform(&tags) { device.platform = platform }
            for (name, value) in tags { device.tags[name] = value }
            device.tags = try DeviceRules.check(tags: device.tags)
        }
        if let replacement = change.replaceTags {
            var tags = replacement.mapValues(Optional.some)
            if let platform = try DeviceRules.takePlatform(&tags) { device.platform = platform }
            var kept = tags.compactMapValues { $0 }
            if let environment = device.tags["_env"], kept["_env"] == nil { kept["_env"] = environment }
            device.tags = try DeviceRules.check(tags: kept)
        }
        if let status = change.status { device.status = status }
        try applySecrets(change, to: &device)
        if let location = change.installLocation { device.installLocation = location }
        change.assignment.apply(to: &device)
        device.updatedAt = max(now, device.updatedAt.advanced(byMicroseconds: 1))
    }

    private static func applySecrets(_ change: Change, to device: inout Device) throws {
        if let key = change.key {
            try DeviceRules.check(key: key)
            device.key = key
            // What the old key taught does not hold for the new one.
            device.rotation = EIDRotation()
            device.encryption = nil
        }
        if let encryption = change.encryption { device.encryption = encryption }
        if let rotation = change.rotation {
            try DeviceRules.check(rotation)
            device.rotation = rotation
        }
        try DeviceRules.check(device.encryption, key: device.key)
        if let lorawan = change.lorawan {
            device.lorawan = lorawan
            device.platform = .lorawan
        }
    }

    /// Deletes devices and returns those that existed.
    package func delete(_ ids: [DeviceID], in organization: OrganizationID, by origin: Origin) async throws
        -> Set<DeviceID>
    {
        guard ids.count <= DeviceRules.batchLimit else {
            throw EdgeError.invalid("at most \(DeviceRules.batchLimit) devices in one request")
        }
        let deleted = try await store.delete(
            ids, in: organization, at: clock.now().wall,
            audit: note(.deviceDelete, in: organization, by: origin))
        changed()
        return deleted
    }
}
