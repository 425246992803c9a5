import EdgeHTTP
import EdgeModel
import FoundationEssentials

/// What a webhook sends, held to the shape that this API gives it: the reference's members, the official
/// ones nested in `device`, or both. Members that may be absent are of their kind where they are there.
struct TestBatchBody: Decodable {
    let packets: [Packet]

    struct Packet: Decodable {
        private enum CodingKeys: String, CodingKey {
            case payload, metadata, rssi, snr, device, location
            case packetID = "packet_id"
            case deviceID = "device_id"
            case receivedAt = "received_at"
            case sequenceNumber = "sequence_number"
            case gatewayID = "gateway_id"
        }

        private enum DeviceKeys: String, CodingKey {
            case id, name, payload, timestamp, rssi
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            let isNested = try fields.contains(.device) && !fields.decodeNil(forKey: .device)
            if fields.contains(.packetID) || !isNested { try Self.checkFlat(fields) }
            if isNested { try Self.checkNested(fields) }
        }

        private static func checkFlat(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
            try identifier(.packetID, in: fields)
            try identifier(.deviceID, in: fields)
            try base64(.payload, in: fields)
            _ = try fields.decode(TimeInput.self, forKey: .receivedAt)
            _ = try fields.decodeIfPresent(Int.self, forKey: .sequenceNumber)
            _ = try fields.decodeIfPresent(String.self, forKey: .gatewayID)
            _ = try fields.decodeIfPresent(Int.self, forKey: .rssi)
            _ = try fields.decodeIfPresent(Double.self, forKey: .snr)
            _ = try fields.decodeIfPresent(Place.self, forKey: .metadata)
        }

        private static func checkNested(_ fields: KeyedDecodingContainer<CodingKeys>) throws {
            let device = try fields.nestedContainer(keyedBy: DeviceKeys.self, forKey: .device)
            try identifier(.id, in: device)
            _ = try device.decodeIfPresent(String.self, forKey: .name)
            try base64(.payload, in: device)
            _ = try device.decode(Double.self, forKey: .timestamp)
            _ = try device.decodeIfPresent(Int.self, forKey: .rssi)
            _ = try fields.decodeIfPresent(Place.self, forKey: .location)
        }

        private static func identifier<Key: CodingKey>(_ key: Key, in fields: KeyedDecodingContainer<Key>)
            throws
        {
            guard try fields.decode(String.self, forKey: key).isEmpty else { return }
            throw DecodingError.dataCorruptedError(
                forKey: key, in: fields, debugDescription: "it must not be empty")
        }

        private static func base64<Key: CodingKey>(_ key: Key, in fields: KeyedDecodingContainer<Key>) throws
        {
            guard Data(base64Encoded: try fields.decode(String.self, forKey: key)) == nil else { return }
            throw DecodingError.dataCorruptedError(
                forKey: key, in: fields, debugDescription: "Base64 is expected")
        }
    }

    private struct Place: Decodable {
        let latitude: Double?
        let longitude: Double?
        let accuracy: Double?
    }
}
