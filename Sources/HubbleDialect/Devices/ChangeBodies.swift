import EdgeCore
import EdgeHTTP
import EdgeModel

/// What a client sends to change a device.
struct ChangeBody: Decodable {
    let name: String?
    let setName: String?
    let tags: TagsInput?
    let setTags: TagsInput?
    let setInstallLocation: LocationBody?
    let status: String?
    let deviceKey: String?
    let encryption: EncryptionInput?
    let rotation: RotationBody?
    let lorawan: LoRaWANBody?

    enum CodingKeys: String, CodingKey {
        case name, tags, status, encryption, lorawan
        case setName = "set_name"
        case setTags = "set_tags"
        case setInstallLocation = "set_install_location"
        case deviceKey = "device_key"
        case rotation = "eid_rotation"
    }

    static let properties: [Schema.Property] =
        [
            .init("name", DeviceInputs.name), .init("tags", TagsInput.schema, "Merged; null removes"),
            .init("set_name", DeviceInputs.name),
            .init("set_tags", TagsInput.schema, "Replaces the custom tags"),
            .init("set_install_location", LocationBody.schema),
            .init("status", .string(values: ["active", "maintenance", "inactive"])),
            .init("device_key", DeviceInputs.key, "Base64: the device has a new key"),
            .init("encryption", EncryptionInput.schema),
            .init("eid_rotation", RotationBody.schema), .init("lorawan", LoRaWANBody.schema),
        ] + AssignmentBody.properties
    static let schema = Schema.object(properties)

    func change(_ assignment: DeviceAssignment) throws -> Devices.Change {
        var change = Devices.Change()
        change.name = setName ?? name
        change.mergeTags = try tags?.single()
        change.replaceTags = try setTags?.single().compactMapValues { $0 }
        change.installLocation = try setInstallLocation?.value()
        change.status = try status.map(Self.status)
        change.key = try deviceKey.map(RegisterBody.key)
        change.encryption = encryption?.value
        change.rotation = try rotation?.value()
        change.lorawan = try lorawan?.value()
        change.assignment = assignment
        return change
    }

    static func status(_ name: String) throws -> DeviceStatus {
        switch name {
        case "active": .active
        case "maintenance": .maintenance
        case "inactive": .inactive
        default: throw EdgeError.invalid("status: one of active, maintenance, inactive is expected")
        }
    }
}

/// Changes of several devices.
struct ChangesBody: Decodable {
    let updates: [ChangeItem]

    static let schema = Schema.object(
        [
            .init(
                "updates",
                .array(
                    .object([.init("device_id", .text)] + ChangeBody.properties, required: ["device_id"]),
                    maximum: DeviceRules.batchLimit))
        ], required: ["updates"])
}

/// One change of several: what is wrong with it is its own result.
struct ChangeItem: Decodable {
    let deviceID: String
    let change: Result<Devices.Change, EdgeError>

    private enum CodingKeys: String, CodingKey {
        case deviceID = "device_id"
    }

    init(from decoder: any Decoder) throws {
        deviceID = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .deviceID)
        do {
            let fields = try Assigned<ChangeBody>(from: decoder)
            change = .success(try fields.body.change(fields.assignment))
        } catch let error as EdgeError {
            change = .failure(error)
        } catch let error as DecodingError {
            change = .failure(EdgeError(.invalid, error.explanation, cause: error))
        }
    }
}

/// Devices to delete.
struct DeletionsBody: Decodable {
    let deviceIDs: [String]

    private enum CodingKeys: String, CodingKey {
        case deviceIDs = "device_ids"
    }

    var ids: [DeviceID] {
        get throws {
            guard !deviceIDs.isEmpty else { throw EdgeError.invalid("device_ids must not be empty") }
            guard deviceIDs.count <= DeviceRules.batchLimit else {
                throw EdgeError.invalid("device_ids: at most \(DeviceRules.batchLimit) in one request")
            }
            var seen: Set<String> = []
            return deviceIDs.filter { seen.insert($0).inserted }.map(DeviceID.init)
        }
    }
}
