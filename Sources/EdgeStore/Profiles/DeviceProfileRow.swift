import EdgeModel
import GRDB

/// One row of `deviceProfile`, both ways.
struct DeviceProfileRow {
    let profile: DeviceProfile

    /// With the organization's identifier beside the row's own columns.
    static let select = """
        SELECT p.*, o.id AS organization_id
        FROM deviceProfile p JOIN organization o ON o.key = p.organization
        """

    init(_ row: Row) {
        profile = DeviceProfile(
            id: DeviceProfileID(row["id"]), organization: OrganizationID(row["organization_id"]),
            name: row["name"], lorawan: Self.lorawan(row),
            expectedUplinkInterval: (row["expected_interval"] as Int64?).map(Duration.seconds),
            missedIntervals: row["missed_intervals"], codec: (row["codec"] as String?).map { CodecID($0) },
            createdAt: Timestamp(microseconds: row["created_at"]),
            updatedAt: Timestamp(microseconds: row["updated_at"]))
    }

    private static func lorawan(_ row: Row) -> LoRaWANProfile {
        LoRaWANProfile(
            region: LoRaWANProfile.Region(rawValue: row["region"]) ?? .eu868,
            macVersion: LoRaWANProfile.MACVersion(rawValue: row["mac_version"]) ?? .v103,
            regionalRevision: LoRaWANProfile.RegionalRevision(rawValue: row["regional_revision"]) ?? .a,
            deviceClass: LoRaWANProfile.DeviceClass(rawValue: row["device_class"]) ?? .a,
            windows: LoRaWANProfile.Windows(
                rx1Delay: .seconds(row["rx1_delay"] as Int64), rx1DataRateOffset: row["rx1_offset"],
                rx2DataRate: row["rx2_data_rate"], rx2Frequency: row["rx2_frequency"]),
            personalisation: LoRaWANProfile.Personalisation(
                allowsCounterReset: row["allows_counter_reset"],
                has16BitCounters: row["has_16_bit_counters"],
                presetFrequencies: (row["preset_frequencies"] as String).split(separator: " ")
                    .compactMap { UInt32($0) }),
            adaptiveDataRate: LoRaWANProfile.AdaptiveDataRate(
                isEnabled: row["adr_enabled"], minimumDataRate: row["adr_minimum"],
                maximumDataRate: row["adr_maximum"], maximumPowerIndex: row["adr_maximum_power"],
                margin: row["adr_margin"]),
            supportsJoin: row["supports_join"], confirmedTries: row["confirmed_tries"],
            statusInterval: (row["status_interval"] as Int64?).map(Duration.seconds),
            transmitLimits: LoRaWANProfile.TransmitLimits(
                limitsUplinkDwell: row["uplink_dwell"], limitsDownlinkDwell: row["downlink_dwell"],
                maximumEIRP: row["maximum_eirp"], dutyCycleExponent: row["duty_cycle_exponent"]),
            rejoinPeriod: rejoinPeriod(row))
    }

    private static func rejoinPeriod(_ row: Row) -> LoRaWANProfile.RejoinPeriod? {
        guard let time = row["rejoin_time"] as Int?, let count = row["rejoin_count"] as Int? else {
            return nil
        }
        return LoRaWANProfile.RejoinPeriod(timeExponent: time, countExponent: count)
    }

    /// The columns that an owner sets, by name.
    static func values(of profile: DeviceProfile) -> [(String, (any DatabaseValueConvertible)?)] {
        let lorawan = profile.lorawan
        return [
            ("name", profile.name),
            ("region", lorawan.region.rawValue),
            ("mac_version", lorawan.macVersion.rawValue),
            ("regional_revision", lorawan.regionalRevision.rawValue),
            ("device_class", lorawan.deviceClass.rawValue),
            ("rx1_delay", lorawan.windows.rx1Delay.components.seconds),
            ("rx1_offset", lorawan.windows.rx1DataRateOffset),
            ("rx2_data_rate", lorawan.windows.rx2DataRate),
            ("rx2_frequency", lorawan.windows.rx2Frequency),
            ("allows_counter_reset", lorawan.personalisation.allowsCounterReset),
            ("has_16_bit_counters", lorawan.personalisation.has16BitCounters),
            (
                "preset_frequencies",
                lorawan.personalisation.presetFrequencies.map(String.init).joined(separator: " ")
            ),
            ("adr_enabled", lorawan.adaptiveDataRate.isEnabled),
            ("adr_minimum", lorawan.adaptiveDataRate.minimumDataRate),
            ("adr_maximum", lorawan.adaptiveDataRate.maximumDataRate),
            ("adr_maximum_power", lorawan.adaptiveDataRate.maximumPowerIndex),
            ("adr_margin", lorawan.adaptiveDataRate.margin),
            ("supports_join", lorawan.supportsJoin),
            ("confirmed_tries", lorawan.confirmedTries),
            ("status_interval", lorawan.statusInterval?.components.seconds),
            ("uplink_dwell", lorawan.transmitLimits.limitsUplinkDwell),
            ("downlink_dwell", lorawan.transmitLimits.limitsDownlinkDwell),
            ("maximum_eirp", lorawan.transmitLimits.maximumEIRP),
            ("duty_cycle_exponent", lorawan.transmitLimits.dutyCycleExponent),
            ("rejoin_time", lorawan.rejoinPeriod?.timeExponent),
            ("rejoin_count", lorawan.rejoinPeriod?.countExponent),
            ("expected_interval", profile.expectedUplinkInterval?.components.seconds),
            ("missed_intervals", profile.missedIntervals),
            ("codec", profile.codec?.rawValue),
            ("updated_at", profile.updatedAt.microseconds),
        ]
    }

    static func fetch(_ id: DeviceProfileID, _ database: Database) throws -> DeviceProfile? {
        try Row.fetchOne(database, sql: "\(select) WHERE p.id = ?", arguments: [id.rawValue])
            .map { DeviceProfileRow($0).profile }
    }

    static func fetch(_ id: DeviceProfileID, in organization: OrganizationID, _ database: Database) throws
        -> DeviceProfile?
    {
        // Bound as text, a NUL would end the identifier.
        guard !id.rawValue.utf8.contains(0) else { return nil }
        return try Row.fetchOne(
            database, sql: "\(select) WHERE p.id = ? AND o.id = ?",
            arguments: [id.rawValue, organization.rawValue]
        ).map { DeviceProfileRow($0).profile }
    }
}
