package import EdgeModel
import EdgeStore

/// What a client says of a device's profile, codec and interval; a nil member stays, a nil in it clears.
package struct DeviceAssignment: Sendable {
    package var profile: DeviceProfileID??
    package var codec: CodecID??
    package var expectedUplinkInterval: Duration??
    package init() {}

    func apply(to device: inout Device) {
        if let profile { device.profile = profile }
        if let codec { device.codec = codec }
        if let expectedUplinkInterval { device.expectedUplinkInterval = expectedUplinkInterval }
    }

    var fields: [(String, Bool)] {
        [
            ("profile", profile != nil), ("codec", codec != nil),
            ("expected interval", expectedUplinkInterval != nil),
        ]
    }
}

extension Devices {
    /// Which of several assignments name what is there, in their order.
    func check(_ assignments: [DeviceAssignment], in organization: OrganizationID) async throws
        -> [EdgeError?]
    {
        var profiles: Set<DeviceProfileID> = []
        var codecs: Set<CodecID> = []
        if assignments.contains(where: { $0.profile.flatMap(\.self) != nil }) {
            profiles = Set(try await store.deviceProfiles(of: organization).map(\.id))
        }
        if assignments.contains(where: { $0.codec.flatMap(\.self) != nil }) {
            codecs = Set(try await store.codecs(of: organization).map(\.id))
        }
        return assignments.map { assignment in
            if let profile = assignment.profile.flatMap(\.self), !profiles.contains(profile) {
                return .invalid("profile_id: there is no such device profile")
            }
            if let codec = assignment.codec.flatMap(\.self), !codecs.contains(codec) {
                return .invalid("codec_id: there is no such codec")
            }
            do {
                try DeviceProfileRules.check(
                    expectedUplinkInterval: assignment.expectedUplinkInterval.flatMap(\.self))
                return nil
            } catch {
                return error as? EdgeError
            }
        }
    }

    /// Throws `invalid` when it names what is not there.
    func check(_ assignment: DeviceAssignment, in organization: OrganizationID) async throws {
        if let problem = try await check([assignment], in: organization)[0] { throw problem }
    }
}
