package import EdgeModel
import EdgeStore

/// What devices of one make have in common: making, reading, changing and deleting it.
package struct DeviceProfiles: Sendable {
    private let store: Store
    /// Called after a change, so that the pipeline reads the devices of the profile again.
    private let changed: @Sendable () -> Void

    init(store: Store, changed: @escaping @Sendable () -> Void) {
        self.store = store
        self.changed = changed
    }

    /// Makes a profile of what is given over the defaults. Throws `invalid` for what the rules do not
    /// allow, `conflict` for a name that is in use and when there are too many.
    package func create(
        named name: String, in organization: OrganizationID, by origin: Origin,
        _ describe: (inout DeviceProfile) throws -> Void
    ) async throws -> DeviceProfile {
        let now = store.clock.now().wall
        var profile = DeviceProfile(
            id: DeviceProfileID(UniqueID.random().description), organization: organization, name: name,
            createdAt: now, updatedAt: now)
        try describe(&profile)
        try DeviceProfileRules.check(profile)
        try await checkCodec(of: profile)
        try await store.addDeviceProfile(
            profile, limit: DeviceProfileRules.limit,
            audit: note(.profileCreate, in: organization, by: origin))
        return profile
    }

    /// By name.
    package func list(_ organization: OrganizationID) async throws -> [DeviceProfile] {
        try await store.deviceProfiles(of: organization)
    }

    /// Throws `notFound` also for the profile of another organization.
    package func find(_ id: DeviceProfileID, in organization: OrganizationID) async throws -> DeviceProfile {
        guard let profile = try await store.deviceProfile(id, of: organization) else { throw Self.missing }
        return profile
    }

    /// How many devices have it.
    package func deviceCount(_ id: DeviceProfileID) async throws -> Int {
        try await store.deviceCount(profile: id)
    }

    /// Takes effect on all devices that have the profile.
    package func update(
        _ id: DeviceProfileID, in organization: OrganizationID, by origin: Origin,
        _ change: @Sendable @escaping (inout DeviceProfile) throws -> Void
    ) async throws -> DeviceProfile {
        var wanted = try await find(id, in: organization)
        try change(&wanted)
        try await checkCodec(of: wanted)
        let now = store.clock.now().wall
        let audit = note(.profileUpdate, in: organization, by: origin)
        let updated = try await store.updateDeviceProfile(id, of: organization, audit: audit) { profile in
            try change(&profile)
            try DeviceProfileRules.check(profile)
            profile.updatedAt = max(now, profile.updatedAt.advanced(byMicroseconds: 1))
        }
        changed()
        guard let updated else { throw Self.missing }
        return updated
    }

    /// Throws `conflict` when a device has it.
    package func delete(_ id: DeviceProfileID, in organization: OrganizationID, by origin: Origin)
        async throws
    {
        let audit = note(.profileDelete, in: organization, by: origin)
        guard try await store.deleteDeviceProfile(id, of: organization, audit: audit) else {
            throw Self.missing
        }
    }

    private func checkCodec(of profile: DeviceProfile) async throws {
        guard let codec = profile.codec else { return }
        guard try await store.codec(codec, of: profile.organization) != nil else {
            throw EdgeError.invalid("codec_id: there is no such codec")
        }
    }

    private func note(_ action: AuditAction, in organization: OrganizationID, by origin: Origin) -> AuditNote
    {
        AuditNote(action, by: origin, at: store.clock.now().wall, in: organization)
    }

    private static var missing: EdgeError { .notFound("Device profile not found") }
}
