package import EdgeModel
import GRDB

extension Store {
    /// Writes what packets added to the roll-ups. Called inside a write transaction.
    func flushRollUps(_ database: Database) throws {
        let written = rollUps.current.sums
        let through = lastSequence
        try RollUpWriter(database: database).add(written)
        // The packets of the running transaction are not in the ledger yet; they are above this.
        try Identity.setRolledUpThrough(through, in: database)
        afterCommit { [self] in rollUps.forget(written, through: through) }
    }

    /// Packets by hour and platform, in no order. Hours without any are left out.
    package func packetVolumes(of organization: OrganizationID, _ hours: Range<Hour>) async throws
        -> [PacketVolume]
    {
        try await rolledUp { [self] database, unwritten in
            let key = try organizationKeys.key(organization, in: database)
            let statement = try FastStatement(
                database,
                """
                SELECT hour, platform, packets, bytes FROM packetHour
                WHERE organization = ? AND hour >= ? AND hour < ?
                """)
            statement.bind(key, at: 1)
            statement.bind(hours.lowerBound.rawValue, at: 2)
            statement.bind(hours.upperBound.rawValue, at: 3)
            var volumes: [PacketVolume] = []
            while try statement.next() {
                volumes.append(
                    PacketVolume(
                        hour: Hour(rawValue: statement.int(0)),
                        platform: Platform(rawValue: Int(statement.int(1))) ?? .ble,
                        packets: Int(statement.int(2)), bytes: Int(statement.int(3))))
            }
            for (place, sums) in unwritten
            where place.organization == key && hours.contains(place.hour) {
                volumes += sums.volumes.map { platform, volume in
                    PacketVolume(
                        hour: place.hour, platform: platform, packets: volume.packets, bytes: volume.bytes)
                }
            }
            return volumes
        }
    }

    /// The devices that sent something, by hour, in no order. Hours are kept for 17 days.
    package func activeDevices(of organization: OrganizationID, hours: Range<Hour>) async throws
        -> [DeviceActivity]
    {
        try await activity(
            of: organization, .hour, hours.lowerBound.rawValue..<hours.upperBound.rawValue, secondsEach: 3_600
        ) { hour in hours.contains(hour) ? hour.rawValue : nil }
    }

    /// The devices that sent something, by day since 1970, in no order. Days are kept for ten years.
    package func activeDevices(of organization: OrganizationID, days: Range<Int64>) async throws
        -> [DeviceActivity]
    {
        try await activity(of: organization, .day, days, secondsEach: 86_400) { hour in
            days.contains(hour.day) ? hour.day : nil
        }
    }

    private func activity(
        of organization: OrganizationID, _ unit: RollUpWriter.Unit, _ range: Range<Int64>, secondsEach: Int64,
        place: @Sendable @escaping (Hour) -> Int64?
    ) async throws -> [DeviceActivity] {
        try await rolledUp { [self] database, unwritten in
            let key = try organizationKeys.key(organization, in: database)
            let statement = try FastStatement(
                database,
                """
                SELECT start, devices FROM activePeriod
                WHERE organization = ? AND unit = ? AND start >= ? AND start < ?
                """)
            statement.bind(key, at: 1)
            statement.bind(unit.rawValue, at: 2)
            statement.bind(range.lowerBound, at: 3)
            statement.bind(range.upperBound, at: 4)
            var active: [Int64: DeviceSet] = [:]
            while try statement.next() {
                active[statement.int(0)] = DeviceSet(encoded: statement.bytes(1))
            }
            for (found, sums) in unwritten where found.organization == key {
                if let start = place(found.hour) {
                    active[start, default: DeviceSet()].formUnion(sums.devices)
                }
            }
            return active.map { start, devices in
                DeviceActivity(start: Timestamp(seconds: start * secondsEach), devices: devices)
            }
        }
    }

    /// Registrations and removals by hour, up to before `end`, in no order.
    package func registryChanges(of organization: OrganizationID, before end: Hour) async throws
        -> [RegistryChange]
    {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let statement = try FastStatement(
                database,
                "SELECT hour, registered, removed FROM registryHour WHERE organization = ? AND hour < ?")
            statement.bind(key, at: 1)
            statement.bind(end.rawValue, at: 2)
            var changes: [RegistryChange] = []
            while try statement.next() {
                changes.append(
                    RegistryChange(
                        hour: Hour(rawValue: statement.int(0)), registered: Int(statement.int(1)),
                        removed: Int(statement.int(2))))
            }
            return changes
        }
    }

    /// Devices that are gone from the registry, with the time they went.
    package func removedDevices(of organization: OrganizationID) async throws -> [DeviceActivity] {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let statement = try FastStatement(
                database,
                "SELECT key, deleted_at FROM device WHERE organization = ? AND deleted_at IS NOT NULL")
            statement.bind(key, at: 1)
            var byHour: [Int64: DeviceSet] = [:]
            while try statement.next() {
                byHour[Hour(of: Timestamp(microseconds: statement.int(1))).rawValue, default: DeviceSet()]
                    .insert(statement.int(0))
            }
            return byHour.map {
                DeviceActivity(start: Hour(rawValue: $0.key).start, devices: $0.value)
            }
        }
    }

    /// The devices that usage is not billed for: under maintenance, or tagged as of the sandbox.
    package func unbilledDevices(of organization: OrganizationID) async throws -> DeviceSet {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let rows = try Int64.fetchAll(
                database,
                sql: """
                    SELECT key FROM device WHERE organization = ?1 AND status = ?2
                    UNION SELECT device FROM deviceTag
                        WHERE organization = ?1 AND name = '_env' AND value = 'sandbox'
                    """, arguments: [key, DeviceStatus.maintenance.rawValue])
            return rows.reduce(into: DeviceSet()) { $0.insert($1) }
        }
    }

    /// Reads the tables and what is not written to them yet, as of one moment.
    private func rolledUp<Value: Sendable>(
        _ body: @Sendable @escaping (Database, [RollUpPlace: RollUpSums]) throws -> Value
    ) async throws -> Value {
        // Between the two, the unwritten may have been written: then both are taken again.
        for _ in 0..<8 {
            let contents = rollUps.current
            let value = try await read { database -> Value? in
                guard try Identity.rolledUpThrough(database) == contents.base else { return nil }
                return try body(database, contents.sums)
            }
            if let value { return value }
        }
        throw EdgeError(.unavailable, "The metrics are being written; try again")
    }
}
