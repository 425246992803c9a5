import EdgeHTTP
import EdgeModel
import NIOCore

/// A device as it is shown: the reference's members, then the official clients'.
struct DeviceView {
    let device: Device

    static let memberSchemas: [Schema.Property] = [
        .init("id", .text), .init("name", .text), .init("dev_eui", .text),
        .init("status", .string(values: ["active", "maintenance", "inactive"])), .init("tags", .map(.text)),
        .init("created_at", .time), .init("updated_at", .time),
    ]
    static let officialSchemas: [Schema.Property] =
        [
            .init("device_id", .text), .init("created_ts", .integer()), .init("active", .boolean),
            .init("encryption", .nullable(.text)), .init("eid_rotation", RotationBody.schema),
            .init("network_id", .integer(minimum: 0)),
            .init("most_recent_packet", .map(.object([.init("timestamp", .integer())]))),
            .init("install_location", LocationBody.schema),
        ] + AssignmentBody.properties
    static let listSchema = Schema.named(
        "Device",
        .object(memberSchemas + officialSchemas, required: memberSchemas.map(\.name)))
    static let detailSchema = Schema.object(
        [
            .init(
                "device",
                .whole(
                    memberSchemas + [
                        .init("device_key", .nullable(.text)), .init("last_seen_at", .nullable(.time)),
                        .init("packet_count", .integer(minimum: 0)),
                    ]))
        ] + memberSchemas + officialSchemas, required: ["device"])

    /// `{"device": {…}}` as registration answers.
    func writeRegistered(to json: inout JSONWriter) {
        json.object { json in
            json.object("device") { json in
                writeMembers(to: &json)
                writeWarnings(to: &json)
            }
        }
    }

    /// `{"device": {…}, …}`: everything, in both shapes.
    func writeDetail(to json: inout JSONWriter) {
        json.object { json in
            json.object("device") { json in
                json.field("id", device.id.rawValue)
                json.field("name", device.name)
                json.field("dev_eui", device.devEUISpelling)
                json.key("device_key")
                if let key = device.key { json.base64(key.bytes) } else { json.null() }
                json.field("status", device.status.name)
                writeTags(to: &json)
                json.field("last_seen_at", device.lastSeenAt)
                json.field("packet_count", device.packetCount)
                json.field("created_at", device.createdAt)
                json.field("updated_at", device.updatedAt)
                writeWarnings(to: &json)
            }
            writeMembers(to: &json)
            writeOfficial(to: &json)
        }
    }

    /// One item of a list.
    func writeItem(to json: inout JSONWriter) {
        json.object { json in
            writeMembers(to: &json)
            writeOfficial(to: &json)
        }
    }

    /// One item of the answer to an official registration; the key in the form that was asked for.
    func writeMade(keyInHexadecimal: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.field("device_id", device.id.rawValue)
            json.field("id", device.id.rawValue)
            json.field("name", device.name)
            json.field("dev_eui", device.devEUISpelling)
            json.field("created_ts", device.createdAt.wholeSeconds)
            writeTags(to: &json)
            json.field("protocol", "BLE")
            json.field("encryption", device.encryption?.name)
            writeRotation(to: &json)
            if let networkID = device.networkID { json.field("network_id", Int(networkID)) }
            if let key = device.key {
                json.key("key")
                if keyInHexadecimal { json.hexadecimal(key.bytes) } else { json.base64(key.bytes) }
            }
            writeInstallLocation(to: &json)
        }
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.field("id", device.id.rawValue)
        json.field("name", device.name)
        json.field("dev_eui", device.devEUISpelling)
        json.field("status", device.status.name)
        writeTags(to: &json)
        json.field("created_at", device.createdAt)
        json.field("updated_at", device.updatedAt)
    }

    private func writeOfficial(to json: inout JSONWriter) {
        json.field("device_id", device.id.rawValue)
        json.field("created_ts", device.createdAt.wholeSeconds)
        json.field("active", device.status == .active)
        json.field("encryption", device.encryption?.name)
        writeRotation(to: &json)
        if let networkID = device.networkID { json.field("network_id", Int(networkID)) }
        json.object("most_recent_packet") { json in
            guard let seen = device.lastSeenAt else { return }
            json.object("terrestrial") { $0.field("timestamp", seen.wholeSeconds) }
        }
        writeInstallLocation(to: &json)
        writeAssignment(to: &json)
    }

    /// Additive: always there, null where nothing is assigned.
    private func writeAssignment(to json: inout JSONWriter) {
        json.field("profile_id", device.profile?.rawValue)
        json.field("codec_id", device.codec?.rawValue)
        json.field("expected_uplink_interval", device.expectedUplinkInterval?.wholeSeconds)
    }

    private func writeTags(to json: inout JSONWriter) {
        json.object("tags") { json in
            for (name, value) in device.tags.sorted(by: { $0.key < $1.key }) {
                json.key(dynamic: name)
                json.value(value)
            }
            json.key(dynamic: Device.platformTag)
            json.value(device.platform.name)
        }
    }

    private func writeRotation(to json: inout JSONWriter) {
        json.object("eid_rotation") { json in
            if let source = device.rotation.counterSource { json.field("counter_source", source.name) }
            if let exponent = device.rotation.periodExponent {
                json.field("period_exponent", exponent)
                json.field("period_in_seconds", 1 << exponent)
            }
        }
    }

    private func writeInstallLocation(to json: inout JSONWriter) {
        guard let location = device.installLocation else { return }
        json.object("install_location") { json in
            json.field("latitude", location.latitude)
            json.field("longitude", location.longitude)
        }
    }

    /// A key that opens nothing is kept, and said to be so.
    private func writeWarnings(to json: inout JSONWriter) {
        guard let key = device.key, !device.hasUsableKey else { return }
        json.field("key_usable", false)
        json.array("warnings", [key.bytes.count]) {
            $0.value("device_key is \($1) bytes; 32 expected, packets cannot be decrypted")
        }
    }
}

extension JSONWriter {
    mutating func hexadecimal(_ bytes: [UInt8]) {
        value(
            bytes.reduce(into: "") { text, byte in
                text += String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
            })
    }
}
