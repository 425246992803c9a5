import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials

/// What a gateway says of itself, when it registers and with each heartbeat.
struct GatewayBody: Decodable {
    let deviceId: String?
    let type: String?
    let manufacturer: String?
    let model: String?
    let firmwareVersion: String?
    let locale: String?
    let bleAdapterState: String?

    static let schema = Schema.object([
        .init("deviceId", .text, "Stable for the machine"), .init("type", .text),
        .init("manufacturer", .text), .init("model", .text), .init("firmwareVersion", .text),
        .init("locale", .text), .init("bleAdapterState", .text), .init("capabilities", .array(.text)),
        .init("platform", .map(.any)), .init("sentAtMillis", .integer()),
    ])

    var description: UploadingGateway.Description {
        var description = UploadingGateway.Description()
        description.type = type
        description.manufacturer = manufacturer
        description.model = model
        description.firmwareVersion = firmwareVersion
        description.locale = locale
        description.bleAdapterState = bleAdapterState
        return description
    }
}

struct RefreshBody: Decodable {
    let refreshToken: String

    static let schema = Schema.object([.init("refreshToken", .text)], required: ["refreshToken"])
}

/// A batch of sightings. One that cannot be read is refused by itself, not the batch.
struct GatewayPacketsBody: Decodable {
    let batchId: String
    let packets: [Tolerant<Item>]

    struct Item: Decodable {
        let serviceUuid: String?
        let serviceData: String?
        let rssi: Double?
        let timestampMillis: Double?
        let sightingCount: Double?
        let location: FixBody?
    }

    static let schema = Schema.object(
        [
            .init("batchId", .text, "Unique for the gateway: sent twice, it is taken once"),
            .init("sentAtMillis", .integer()),
            .init(
                "packets",
                .array(
                    .object([
                        .init("serviceUuid", .text, "FCA6; others are refused"),
                        .init("serviceData", .text, "Base64"), .init("rssi", .integer(), "dBm"),
                        .init("timestampMillis", .integer()), .init("sightingCount", .integer(minimum: 1)),
                        .init("deviceAddress", .text, "Not kept"), .init("location", FixBody.schema),
                    ]))),
        ], required: ["batchId", "packets"])

    var claims: [Uploads.Claim?] {
        packets.map { item in
            item.value.map { item in
                var claim = Uploads.Claim()
                claim.serviceUUID = item.serviceUuid
                // What is not Base64 is no service data.
                claim.serviceData = item.serviceData.flatMap { Data(base64Encoded: $0) }.map(Array.init)
                claim.rssi = item.rssi.flatMap { Int(exactly: $0.rounded()) }
                claim.heardAt = item.timestampMillis.flatMap(Timestamp.init(milliseconds:))
                claim.count = item.sightingCount.flatMap { Int(exactly: $0.rounded()) }
                claim.location = item.location?.location
                return claim
            }
        }
    }
}

/// A place as gateways send it; (0, 0) is none.
struct FixBody: Decodable {
    let latitude: Double?
    let longitude: Double?
    let altitude: Double?
    let horizontalAccuracyMeters: Double?
    let timestampMillis: Double?

    static let schema = Schema.object([
        .init("latitude", .number), .init("longitude", .number), .init("altitude", .number),
        .init("horizontalAccuracyMeters", .number), .init("verticalAccuracyMeters", .number),
        .init("timestampMillis", .integer()),
    ])

    var location: Location? {
        guard let latitude, let longitude else { return nil }
        return Location(
            latitude: latitude, longitude: longitude, altitude: altitude, accuracy: horizontalAccuracyMeters)
    }
}

struct GatewayLocationsBody: Decodable {
    let batchId: String?
    let locations: [Tolerant<FixBody>]

    static let schema = Schema.object(
        [
            .init("batchId", .text), .init("sentAtMillis", .integer()),
            .init("locations", .array(FixBody.schema)),
        ], required: ["locations"])

    /// The latest that is a place, and when that was.
    func latest(now: Timestamp) -> (location: Location, time: Timestamp)? {
        locations.compactMap { item in
            guard let body = item.value, let location = body.location else { return nil }
            return (location, body.timestampMillis.flatMap(Timestamp.init(milliseconds:)) ?? now)
        }.max { $0.1 < $1.1 }
    }
}

/// A value, or nil where there is something else.
struct Tolerant<Value: Decodable & Sendable>: Decodable, Sendable {
    let value: Value?

    init(from decoder: any Decoder) { value = try? Value(from: decoder) }
}

extension Timestamp {
    /// Nil outside the years 1970 to 9999.
    init?(milliseconds: Double) {
        guard (0...253_402_300_799_000).contains(milliseconds) else { return nil }
        self.init(microseconds: Int64((milliseconds * 1_000).rounded()))
    }
}
