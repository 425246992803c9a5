import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials

/// What a client sends to register devices: one of its own (the reference), or several that the
/// gateway makes keys for (the official clients).
struct RegisterBody: Decodable {
    let name: String?
    let devEUI: String?
    let deviceKey: String?
    let tags: TagsInput?
    let encryption: EncryptionInput?
    let rotation: RotationBody?
    let lorawan: LoRaWANBody?
    let networkID: UInt64?
    let installLocation: LocationBody?
    let deviceCount: Int?
    let names: [String]?
    let installLocations: [LocationBody?]?

    enum CodingKeys: String, CodingKey {
        case name, tags, encryption, lorawan, names
        case devEUI = "dev_eui"
        case deviceKey = "device_key"
        case rotation = "eid_rotation"
        case networkID = "network_id"
        case installLocation = "install_location"
        case deviceCount = "n_devices"
        case installLocations = "install_locations"
    }

    static let schema = Schema.object(
        [
            .init("name", DeviceInputs.name), .init("dev_eui", DeviceInputs.eui, "16 hexadecimal characters"),
            .init("device_key", DeviceInputs.key, "Base64; 16 or 32 bytes open packets"),
            .init(
                "tags",
                .oneOf([TagsInput.schema, .array(TagsInput.schema, maximum: DeviceRules.batchLimit)]),
                "Of all devices; a list has those of each"),
            .init("encryption", EncryptionInput.schema), .init("eid_rotation", RotationBody.schema),
            .init("lorawan", LoRaWANBody.schema),
            .init("network_id", .integer(minimum: 0, maximum: 1 << 34 - 1)),
            .init("install_location", LocationBody.schema),
            .init("n_devices", .integer(minimum: 1, maximum: DeviceRules.batchLimit)),
            .init("names", .array(DeviceInputs.name, maximum: DeviceRules.batchLimit)),
            .init(
                "install_locations",
                .array(.nullable(LocationBody.schema), maximum: DeviceRules.batchLimit)),
        ] + AssignmentBody.properties)

    enum Kind {
        case one(Devices.Registration)
        case fleet(Devices.Fleet)
    }

    /// Which of the two shapes it is. Throws `invalid` for neither.
    func kind(_ assignment: DeviceAssignment) throws -> Kind {
        if devEUI != nil || deviceKey != nil { return .one(try registration(assignment)) }
        if case .each = tags { return .fleet(try fleet(assignment)) }
        if deviceCount != nil || encryption != nil || names != nil || rotation != nil
            || installLocations != nil
        {
            return .fleet(try fleet(assignment))
        }
        throw EdgeError.invalid("Missing required field: \(name == nil ? "name" : "dev_eui")")
    }

    private func registration(_ assignment: DeviceAssignment) throws -> Devices.Registration {
        guard let name else { throw EdgeError.invalid("Missing required field: name") }
        guard let devEUI else { throw EdgeError.invalid("Missing required field: dev_eui") }
        guard deviceKey != nil || lorawan != nil || encryption?.value == HubbleEncryption.none else {
            throw EdgeError.invalid("Missing required field: device_key")
        }
        var registration = Devices.Registration(name: name, devEUI: devEUI)
        registration.key = try deviceKey.map(Self.key)
        registration.tags = try tags?.single() ?? [:]
        registration.encryption = encryption?.value
        registration.rotation = try rotation?.value() ?? EIDRotation()
        registration.networkID = networkID
        registration.lorawan = try lorawan?.value()
        registration.installLocation = try installLocation?.value()
        registration.assignment = assignment
        return registration
    }

    private func fleet(_ assignment: DeviceAssignment) throws -> Devices.Fleet {
        var fleet = Devices.Fleet(count: deviceCount ?? 1, encryption: encryption?.value ?? .aes256CTR)
        fleet.rotation = try rotation?.value() ?? EIDRotation()
        fleet.names = names ?? name.map { [$0] } ?? []
        switch tags {
        case .one(let tags): fleet.tags = [tags]
        case .each(let list): fleet.tags = list
        case nil: break
        }
        fleet.assignment = assignment
        fleet.installLocations = try installLocations?.map { try $0?.value() } ?? []
        return fleet
    }

    /// Standard Base64 with padding (RFC 4648 section 4).
    static func key(_ text: String) throws -> SecretBytes {
        guard let data = Data(base64Encoded: text), !data.isEmpty else {
            throw EdgeError.invalid("Invalid deviceKey format: device_key is not Base64")
        }
        return SecretBytes(Array(data))
    }
}

/// The name of a cipher.
struct EncryptionInput: Decodable {
    let value: HubbleEncryption
    static let schema = Schema.string(values: HubbleEncryption.allCases.map(\.name))

    init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let value = HubbleEncryption.allCases.first(where: { $0.name == name.uppercased() }) else {
            let names = HubbleEncryption.allCases.map(\.name).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "one of \(names) is expected"))
        }
        self.value = value
    }
}

/// How a device rotates its identifier: the period in seconds is a power of two.
struct RotationBody: Decodable {
    let counterSource: String?
    let periodExponent: Int?
    let periodInSeconds: Int?

    enum CodingKeys: String, CodingKey {
        case counterSource = "counter_source"
        case periodExponent = "period_exponent"
        case periodInSeconds = "period_in_seconds"
    }

    static let schema = Schema.object([
        .init("counter_source", .string(values: CounterSource.allCases.map(\.name))),
        .init("period_exponent", .integer(minimum: 0, maximum: 15)),
        .init("period_in_seconds", .integer(minimum: 1), "A power of two up to 32768, or 86400"),
    ])

    func value() throws -> EIDRotation {
        var rotation = EIDRotation(periodExponent: periodExponent)
        if let counterSource {
            guard let source = CounterSource.allCases.first(where: { $0.name == counterSource.uppercased() })
            else {
                throw EdgeError.invalid("eid_rotation.counter_source: UNIX_TIME or DEVICE_UPTIME is expected")
            }
            rotation.counterSource = source
        }
        // A day is how counter-mode devices rotate; it is no power of two and needs no exponent.
        if let seconds = periodInSeconds, seconds != 86_400 {
            guard seconds > 0, seconds & (seconds - 1) == 0, seconds <= 32_768 else {
                throw EdgeError.invalid(
                    "eid_rotation.period_in_seconds: a power of two up to 32768 is expected")
            }
            rotation.periodExponent = seconds.trailingZeroBitCount
        }
        return rotation
    }
}

/// A place in a body.
struct LocationBody: Decodable {
    let latitude: Double
    let longitude: Double
    let altitude: Double?

    static let schema = Schema.object(
        [
            .init("latitude", .decimal(-90...90)), .init("longitude", .decimal(-180...180)),
            .init("altitude", .nullable(.number), "Metres"),
        ], required: ["latitude", "longitude"])

    func value() throws -> Location {
        guard let location = Location(latitude: latitude, longitude: longitude, altitude: altitude) else {
            throw EdgeError.invalid("install_location: not a place")
        }
        return location
    }
}
