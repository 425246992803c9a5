import EdgeModel
import GRDB

/// Adds sums to the roll-up tables within one transaction.
struct RollUpWriter {
    let database: Database

    /// Units of `activePeriod`, and how many of each are kept.
    enum Unit: Int64, CaseIterable {
        case hour = 0
        case day = 1

        var kept: Int64 {
            switch self {
            case .hour: 24 * 17
            case .day: 3_700
            }
        }
    }

    func add(_ sums: [RollUpPlace: RollUpSums]) throws {
        var days: [RollUpPlace: DeviceSet] = [:]
        for (place, sums) in sums {
            try addVolumes(of: sums, place)
            try add(sums.devices, place.organization, .hour, place.hour.rawValue)
            let day = RollUpPlace(organization: place.organization, hour: Hour(rawValue: place.hour.day * 24))
            days[day, default: DeviceSet()].formUnion(sums.devices)
        }
        for (place, devices) in days {
            try add(devices, place.organization, .day, place.hour.day)
        }
        for organization in Set(days.keys.map(\.organization)) { try prune(organization) }
    }

    private func addVolumes(of sums: RollUpSums, _ place: RollUpPlace) throws {
        let statement = try FastStatement(
            database,
            """
            INSERT INTO packetHour (organization, hour, platform, packets, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET packets = packets + ?4, bytes = bytes + ?5
            """)
        for (platform, volume) in sums.volumes where volume.packets != 0 {
            statement.bind(place.organization, at: 1)
            statement.bind(place.hour.rawValue, at: 2)
            statement.bind(Int64(platform.rawValue), at: 3)
            statement.bind(Int64(volume.packets), at: 4)
            statement.bind(Int64(volume.bytes), at: 5)
            _ = try statement.run()
        }
    }

    private func add(_ devices: DeviceSet, _ organization: Int64, _ unit: Unit, _ start: Int64) throws {
        let known = try FastStatement(
            database, "SELECT devices FROM activePeriod WHERE organization = ? AND unit = ? AND start = ?")
        known.bind(organization, at: 1)
        known.bind(unit.rawValue, at: 2)
        known.bind(start, at: 3)
        var all = devices
        if try known.next() {
            if let before = DeviceSet(encoded: known.bytes(0)) { all.formUnion(before) }
            known.reset()
        }
        let statement = try FastStatement(
            database,
            """
            INSERT INTO activePeriod (organization, unit, start, devices) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (organization, unit, start) DO UPDATE SET devices = ?4
            """)
        statement.bind(organization, at: 1)
        statement.bind(unit.rawValue, at: 2)
        statement.bind(start, at: 3)
        statement.bind(all.encoded, at: 4)
        _ = try statement.run()
    }

    /// Forgets what is older than the newest by more than is kept.
    private func prune(_ organization: Int64) throws {
        for unit in Unit.allCases {
            try database.execute(
                sql: """
                    DELETE FROM activePeriod WHERE organization = ?1 AND unit = ?2 AND start < ?3 +
                        (SELECT max(start) FROM activePeriod WHERE organization = ?1 AND unit = ?2)
                    """, arguments: [organization, unit.rawValue, -unit.kept])
        }
    }

    /// Sums up the packets above what is rolled up, as they are stored.
    func recover() throws {
        let through = try Identity.rolledUpThrough(database)
        let statement = try FastStatement(
            database,
            """
            SELECT sequence, organization, device, platform, length(payload), received_at FROM packet
            WHERE sequence > ? AND clock_quality <> 0 ORDER BY sequence
            """)
        statement.bind(through, at: 1)
        var contents = RollUpLedger.Contents()
        while try statement.next() {
            contents.add(
                RolledUpPacket(
                    device: DeviceHandle(row: statement.int(2), organization: statement.int(1)),
                    platform: Platform(rawValue: Int(statement.int(3))) ?? .ble,
                    payloadLength: Int(statement.int(4)),
                    receivedAt: Timestamp(microseconds: statement.int(5))))
        }
        try add(contents.sums)
        let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM packet") ?? 0
        try Identity.setRolledUpThrough(max(last, through), in: database)
    }
}
