package import EdgeModel
import EdgeStore

extension Devices {
    /// Lines that one import may have.
    package static let importLimit = 10_000
    private static let importStep = 200

    /// What a line of an import wants of one device.
    package struct ImportRow: Sendable {
        package var devEUI = ""
        package var change = Change()
        /// Set, beside the tags that the device has.
        package var tags: [String: String] = [:]
        package init() {}
    }

    /// What became, or would become, of a line.
    package enum ImportOutcome: Sendable {
        case created(DeviceID?)
        case updated(DeviceID)
        case unchanged(DeviceID)
        case failed(EdgeError)
    }

    /// Registers the devices that are not there and changes those that are, each line by itself; the
    /// outcomes are in the order of the lines. A trial run says the same and writes nothing.
    package func importRows(
        _ rows: [Result<ImportRow, EdgeError>], isTrial: Bool, in organization: OrganizationID,
        by origin: Origin
    ) async throws -> [ImportOutcome] {
        guard rows.count <= Self.importLimit else {
            throw EdgeError.invalid("at most \(Self.importLimit) devices in one import")
        }
        var outcomes: [ImportOutcome] = []
        var seen: Set<EUI64> = []
        var rest = rows[...]
        while !rest.isEmpty {
            let plans = try await plan(Array(rest.prefix(Self.importStep)), &seen, in: organization)
            outcomes +=
                try await isTrial ? plans.map(\.outcome) : carryOut(plans, in: organization, by: origin)
            rest = rest.dropFirst(Self.importStep)
        }
        if !isTrial { changed() }
        return outcomes
    }

    /// What is to be done about a line.
    private enum Plan: Sendable {
        case create(Device)
        case update(Device)
        case nothing(DeviceID)
        case refuse(EdgeError)

        var outcome: ImportOutcome {
            switch self {
            case .create: .created(nil)
            case .update(let device): .updated(device.id)
            case .nothing(let id): .unchanged(id)
            case .refuse(let error): .failed(error)
            }
        }
    }

    private func plan(
        _ rows: [Result<ImportRow, EdgeError>], _ seen: inout Set<EUI64>, in organization: OrganizationID
    ) async throws -> [Plan] {
        let euis = rows.compactMap { row in (try? row.get()).flatMap { EUI64($0.devEUI) } }
        let known = try await store.registered(euis)
        let problems = try await check(
            rows.map { (try? $0.get().change.assignment) ?? DeviceAssignment() }, in: organization)
        return zip(rows, problems).map { row, problem in
            do {
                if let problem { throw problem }
                return try plan(row.get(), known, &seen, in: organization)
            } catch let error as EdgeError {
                return .refuse(error)
            } catch {
                return .refuse(EdgeError(.internal, "the line could not be read", cause: error))
            }
        }
    }

    private func plan(
        _ row: ImportRow, _ known: [EUI64: Device], _ seen: inout Set<EUI64>,
        in organization: OrganizationID
    ) throws -> Plan {
        let eui = try DeviceRules.check(devEUI: row.devEUI)
        guard seen.insert(eui).inserted else {
            throw EdgeError(.conflict, "This dev_eui stands in an earlier line")
        }
        guard let before = known[eui] else { return .create(try newDevice(row, in: organization)) }
        guard before.organization == organization else {
            throw EdgeError(.conflict, "Device with this dev_eui already exists")
        }
        var after = before
        var change = row.change
        change.mergeTags = row.tags.isEmpty ? nil : row.tags.mapValues(Optional.some)
        // The same key again is no new one: what the device taught is kept.
        if change.key == before.key { change.key = nil }
        try Self.apply(change, to: &after, at: clock.now().wall)
        return after.saysTheSame(as: before) ? .nothing(before.id) : .update(after)
    }

    private func newDevice(_ row: ImportRow, in organization: OrganizationID) throws -> Device {
        guard let name = row.change.name else { throw EdgeError.invalid("name is missing") }
        guard row.change.key != nil || row.change.lorawan != nil else {
            throw EdgeError.invalid("a new device needs key, app_key or a session")
        }
        var registration = Registration(name: name, devEUI: row.devEUI)
        registration.key = row.change.key
        registration.lorawan = row.change.lorawan
        registration.tags = row.tags.mapValues(Optional.some)
        registration.installLocation = row.change.installLocation
        registration.assignment = row.change.assignment
        var device = try device(from: registration, in: organization)
        if let status = row.change.status { device.status = status }
        return device
    }

    private func carryOut(_ plans: [Plan], in organization: OrganizationID, by origin: Origin) async throws
        -> [ImportOutcome]
    {
        let created = plans.compactMap { if case .create(let device) = $0 { device } else { nil } }
        let updated = plans.compactMap { if case .update(let device) = $0 { device } else { nil } }
        var registered = try await registerEach(created, in: organization, by: origin)[...]
        var changes = try await store.updateEach(
            updated.map(\.id), in: organization, audit: note(.deviceUpdate, in: organization, by: origin)
        ) { position, device in
            device.take(updated[position])
        }[...]
        return plans.map { plan in
            switch plan {
            case .create:
                switch registered.popFirst() {
                case .success(let id): .created(id)
                case .failure(let error): .failed(error)
                case nil: .failed(EdgeError(.internal, "a line without a result"))
                }
            case .update:
                switch changes.popFirst() {
                case .success(let device?): .updated(device.id)
                case .failure(let error): .failed(error)
                case .success(nil), nil: .failed(EdgeError.notFound("Device not found"))
                }
            case .nothing, .refuse: plan.outcome
            }
        }
    }

    /// All in one transaction; where one cannot be, each in its own.
    private func registerEach(_ devices: [Device], in organization: OrganizationID, by origin: Origin)
        async throws -> [Result<DeviceID, EdgeError>]
    {
        guard !devices.isEmpty else { return [] }
        do {
            return try await register(devices, in: organization, by: origin).map { .success($0) }
        } catch let error as EdgeError where error.code == .conflict {
            var results: [Result<DeviceID, EdgeError>] = []
            for device in devices {
                do {
                    results += try await register([device], in: organization, by: origin).map { .success($0) }
                } catch let error as EdgeError where error.code == .conflict {
                    results.append(.failure(error))
                }
            }
            return results
        }
    }

    private func register(_ devices: [Device], in organization: OrganizationID, by origin: Origin)
        async throws -> [DeviceID]
    {
        try await store.register(devices, audit: note(.deviceRegister, in: organization, by: origin)) {
            DeviceID(organization: organization, devEUI: $0.devEUI, generation: $1)
        }.map(\.id)
    }

    // MARK: Export

    /// Writes down that device keys were handed out. Throws `forbidden` to who may not have them: that
    /// takes what an administrator may.
    package func noteExport(ofKeysTo caller: Principal) async throws {
        try caller.require(Permission(.devices, .write))
        try caller.require(Permission(.keys, .write))
        try await store.note(
            note(.deviceExport, in: caller.organization, by: caller.origin, detail: "with keys"))
    }
}

extension Device {
    /// In all that an import can change.
    fileprivate func saysTheSame(as other: Device) -> Bool {
        name == other.name && status == other.status && platform == other.platform && tags == other.tags
            && key == other.key && lorawan == other.lorawan && profile == other.profile
            && codec == other.codec && expectedUplinkInterval == other.expectedUplinkInterval
            && installLocation?.latitude == other.installLocation?.latitude
            && installLocation?.longitude == other.installLocation?.longitude
    }

    /// Takes over what an import can change.
    fileprivate mutating func take(_ wanted: Device) {
        (name, status, platform, tags) = (wanted.name, wanted.status, wanted.platform, wanted.tags)
        (key, lorawan, rotation, encryption) = (
            wanted.key, wanted.lorawan, wanted.rotation, wanted.encryption
        )
        (profile, codec) = (wanted.profile, wanted.codec)
        expectedUplinkInterval = wanted.expectedUplinkInterval
        installLocation = wanted.installLocation
        updatedAt = wanted.updatedAt
    }
}

extension Devices {
    /// Names of the custom tags that devices have, in their order; at most `limit`.
    package func tagNames(in organization: OrganizationID, limit: Int) async throws -> [String] {
        try await store.tagNames(of: organization, limit: limit)
    }
}
