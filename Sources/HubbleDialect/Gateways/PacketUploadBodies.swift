import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials

/// A place as the official client sends it beside packets.
struct ClientLocationBody: Decodable {
    let latitude: Double?
    let longitude: Double?
    let altitude: Double?
    let horizontalAccuracy: Double?

    enum CodingKeys: String, CodingKey {
        case latitude, longitude, altitude
        case horizontalAccuracy = "horizontal_accuracy"
    }

    static let schema = Schema.object([
        .init("latitude", .number), .init("longitude", .number), .init("altitude", .number),
        .init("horizontal_accuracy", .number, "Metres"), .init("vertical_accuracy", .number),
        .init("timestamp", .number),
    ])

    var location: Location? {
        guard let latitude, let longitude else { return nil }
        return Location(
            latitude: latitude, longitude: longitude, altitude: altitude, accuracy: horizontalAccuracy)
    }
}

/// One advertisement as the official client sends it.
struct AdvertisementBody: Decodable {
    let payload: String
    let rssi: Double?
    let timestamp: TimeInput?
    let location: ClientLocationBody?

    static let schema = Schema.object(
        [
            .init("payload", .text, "Base64 of the whole service data"), .init("rssi", .integer(), "dBm"),
            .init("timestamp", .number, "Seconds since 1970"), .init("location", ClientLocationBody.schema),
        ], required: ["payload"])

    func claim(at place: Location?) -> Uploads.Claim {
        var claim = Uploads.Claim()
        claim.serviceData = Data(base64Encoded: payload).map(Array.init)
        claim.rssi = rssi.flatMap { Int(exactly: $0.rounded()) }
        claim.heardAt = timestamp?.time
        claim.location = location?.location ?? place
        return claim
    }
}

/// `POST packets`: places, and what was heard at each.
struct PacketUploadBody: Decodable {
    let bleLocations: [Place]

    struct Place: Decodable {
        let location: ClientLocationBody?
        let adv: [Tolerant<AdvertisementBody>]
    }

    enum CodingKeys: String, CodingKey {
        case bleLocations = "ble_locations"
    }

    static let schema = Schema.object(
        [
            .init(
                "ble_locations",
                .array(
                    .object(
                        [
                            .init("location", ClientLocationBody.schema),
                            .init("adv", .array(AdvertisementBody.schema)),
                        ], required: ["adv"])))
        ], required: ["ble_locations"])

    var claims: [Uploads.Claim?] {
        bleLocations.flatMap { place in
            place.adv.map { $0.value?.claim(at: place.location?.location) }
        }
    }
}

/// `POST packets/decode`.
struct DecodeBody: Decodable {
    let advertisements: [AdvertisementBody]

    static let schema = Schema.object(
        [
            .init("advertisements", .array(AdvertisementBody.schema, maximum: Uploads.decodeLimit)),
            .init("metadata", .map(.text)),
        ], required: ["advertisements"])
}
