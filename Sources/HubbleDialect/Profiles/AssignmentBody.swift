import EdgeCore
import EdgeHTTP
import EdgeModel

/// What a client says of a device's profile, codec and interval, among the device's other members.
struct AssignmentBody: Decodable {
    let profile: Settable<String>
    let codec: Settable<String>
    let expectedUplinkInterval: Settable<Int64>

    enum CodingKeys: String, CodingKey {
        case profile = "profile_id"
        case codec = "codec_id"
        case expectedUplinkInterval = "expected_uplink_interval"
    }

    static let properties: [Schema.Property] = [
        .init("profile_id", .nullable(.text), "A device profile; null for none"),
        .init("codec_id", .nullable(.text), "A codec of its own, over that of the profile"),
        .init(
            "expected_uplink_interval",
            .nullable(
                .integer(
                    minimum: DeviceProfileRules.expectedIntervalSeconds.lowerBound,
                    maximum: DeviceProfileRules.expectedIntervalSeconds.upperBound)),
            "Seconds; over that of the profile"),
    ]

    var value: DeviceAssignment {
        var assignment = DeviceAssignment()
        assignment.profile = profile.change.map { $0.map { DeviceProfileID($0) } }
        assignment.codec = codec.change.map { $0.map { CodecID($0) } }
        assignment.expectedUplinkInterval = expectedUplinkInterval.change.map { $0.map(Duration.seconds) }
        return assignment
    }
}

/// A body whose members stand beside those of an assignment, in one object.
struct Assigned<Body: Decodable>: Decodable {
    let body: Body
    let assignment: DeviceAssignment

    init(from decoder: any Decoder) throws {
        body = try Body(from: decoder)
        assignment = try AssignmentBody(from: decoder).value
    }
}
