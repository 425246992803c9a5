import EdgeModel
import FoundationEssentials
import GRDB

/// One row of `device`, both ways. Secrets are sealed for the device that they belong to.
struct DeviceRow {
    static let columns = """
        d.key, d.id, d.organization, d.name, d.dev_eui, d.dev_eui_spelling, d.status, d.platform,
        d.encryption, d.counter_source, d.period_exponent, d.network_id, d.sealed_key,
        d.sealed_lorawan, d.tags, d.latitude, d.longitude, d.created_at, d.updated_at,
        d.deleted_at, d.revision, d.profile, d.codec, d.expected_interval, a.last_seen_at, a.packet_count
        """
    static let source = "device d LEFT JOIN deviceActivity a ON a.device = d.key"

    let key: Int64
    let organization: Int64
    let isDeleted: Bool
    let revision: Int64
    var device: Device

    init(_ row: Row, organization id: OrganizationID, sealer: KeySealer) throws {
        key = row["key"]
        organization = row["organization"]
        isDeleted = row["deleted_at"] != nil
        revision = row["revision"]
        let deviceID = DeviceID(row["id"])
        device = Device(
            id: deviceID, organization: id, name: row["name"],
            devEUI: EUI64(rawValue: UInt64(bitPattern: row["dev_eui"] as Int64)),
            devEUISpelling: row["dev_eui_spelling"],
            status: DeviceStatus(rawValue: row["status"]) ?? .inactive,
            platform: Platform(rawValue: row["platform"]) ?? .ble,
            tags: try Self.decodeTags(row["tags"]),
            encryption: (row["encryption"] as Int?).flatMap(HubbleEncryption.init),
            rotation: EIDRotation(
                counterSource: (row["counter_source"] as Int?).flatMap(CounterSource.init),
                periodExponent: row["period_exponent"]),
            networkID: (row["network_id"] as Int64?).map(UInt64.init(bitPattern:)),
            createdAt: Timestamp(microseconds: row["created_at"]),
            updatedAt: Timestamp(microseconds: row["updated_at"]),
            lastSeenAt: (row["last_seen_at"] as Int64?).map(Timestamp.init(microseconds:)),
            packetCount: row["packet_count"] ?? 0)
        if let latitude = row["latitude"] as Double?, let longitude = row["longitude"] as Double? {
            device.installLocation = Location(latitude: latitude, longitude: longitude)
        }
        device.profile = (row["profile"] as String?).map { DeviceProfileID($0) }
        device.codec = (row["codec"] as String?).map { CodecID($0) }
        device.expectedUplinkInterval = (row["expected_interval"] as Int64?).map(Duration.seconds)
        device.key = try (row["sealed_key"] as Data?).map {
            try sealer.open(Array($0), context: Self.keyContext(deviceID))
        }
        device.lorawan = try (row["sealed_lorawan"] as Data?).map {
            let secret = try sealer.open(Array($0), context: Self.lorawanContext(deviceID))
            return try LoRaWANRecord.decode(secret)
        }
    }

    /// The columns that a registration or an update writes, by name.
    static func values(of device: Device, sealer: KeySealer) throws -> [(
        String, (any DatabaseValueConvertible)?
    )] {
        [
            ("name", device.name),
            ("name_folded", device.name.lowercased()),
            ("dev_eui", Int64(bitPattern: device.devEUI.rawValue)),
            ("dev_eui_spelling", device.devEUISpelling),
            ("status", device.status.rawValue),
            ("platform", device.platform.rawValue),
            ("encryption", device.encryption?.rawValue),
            ("counter_source", device.rotation.counterSource?.rawValue),
            ("period_exponent", device.rotation.periodExponent),
            ("network_id", device.networkID.map(Int64.init(bitPattern:))),
            (
                "sealed_key",
                try device.key.map { Data(try sealer.seal($0.bytes, context: keyContext(device.id))) }
            ),
            (
                "sealed_lorawan",
                try device.lorawan.map {
                    let record = try LoRaWANRecord.encode($0)
                    return Data(try sealer.seal(record, context: lorawanContext(device.id)))
                }
            ),
            ("tags", try encodeTags(device.tags)),
            ("latitude", device.installLocation?.latitude),
            ("longitude", device.installLocation?.longitude),
            ("profile", device.profile?.rawValue),
            ("codec", device.codec?.rawValue),
            ("expected_interval", device.expectedUplinkInterval?.components.seconds),
            ("updated_at", device.updatedAt.microseconds),
        ]
    }

    private static func keyContext(_ id: DeviceID) -> String { "device key \(id)" }
    private static func lorawanContext(_ id: DeviceID) -> String { "lorawan keys \(id)" }

    private static func encodeTags(_ tags: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(tags), as: UTF8.self)
    }

    private static func decodeTags(_ text: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
