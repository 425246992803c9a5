import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Device profiles: make, list, read, change, delete.
struct DeviceProfileRoutes {
    let core: EdgeCore

    var routes: [Route] { [create, list, read, update, delete].about("Device profiles") }

    private static let all = "/api/org/{org_id}/device-profiles"
    private static let one = "/api/org/{org_id}/device-profiles/{profile_id}"
    private static let officialAll = "/v1/org/{org_id}/device-profiles"
    private static let officialOne = "/v1/org/{org_id}/device-profiles/{profile_id}"

    private var create: Route {
        Route(
            .post, Self.all, Self.officialAll, access: .permitted(Permission(.devices, .write)),
            summary: "Make a device profile",
            description: """
                What devices of one make have in common. Members that are not sent have their defaults: \
                EU868, LoRaWAN 1.0.3, class A, adaptive data rate within the region's limits.
                """,
            request: DeviceProfileBody.createSchema.example(ProfileExamples.create),
            responses: [.init(201, "Made", DeviceProfileView.schema.example(ProfileExamples.one))]
                + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: DeviceProfileBody.self)
            guard let name = body.name else { throw EdgeError.invalid("Missing required field: name") }
            let profile = try await core.deviceProfiles.create(
                named: name, in: call.organization, by: call.origin
            ) { try body.apply(to: &$0) }
            return .json(201) { DeviceProfileView(profile: profile).write(to: &$0) }
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, Self.officialAll, access: .permitted(Permission(.devices, .read)),
            summary: "List device profiles", description: "By name.",
            responses: [
                .init(
                    200, "All device profiles",
                    .whole([
                        .init(
                            "profiles",
                            .array(DeviceProfileSchemas.item, maximum: DeviceProfileRules.limit))
                    ]).example(ProfileExamples.list))
            ] + CommonResponses.errors()
        ) { [core] call in
            let profiles = try await core.deviceProfiles.list(call.organization)
            return .json(size: 1_024 * profiles.count) { json in
                json.object { json in
                    json.array("profiles", profiles) { json, profile in
                        json.object { DeviceProfileView(profile: profile).writeMembers(to: &$0) }
                    }
                }
            }
        }
    }

    private var read: Route {
        Route(
            .get, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .read)),
            summary: "Read a device profile",
            responses: [
                .init(200, "The profile", DeviceProfileView.detailSchema.example(ProfileExamples.detail))
            ] + CommonResponses.errors(404)
        ) { [core] call in
            let id = DeviceProfileID(try call.parameter("profile_id"))
            let profile = try await core.deviceProfiles.find(id, in: call.organization)
            let count = try await core.deviceProfiles.deviceCount(id)
            return .json { DeviceProfileView(profile: profile).write(deviceCount: count, to: &$0) }
        }
    }

    private var update: Route {
        Route(
            .patch, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .write)),
            summary: "Change a device profile",
            description: "Members that are not sent stay. Takes effect on all devices that have it.",
            request: DeviceProfileBody.updateSchema.example(ProfileExamples.update),
            responses: [
                .init(200, "The profile as it is now", DeviceProfileView.schema.example(ProfileExamples.one))
            ] + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: DeviceProfileBody.self)
            let id = DeviceProfileID(try call.parameter("profile_id"))
            let profile = try await core.deviceProfiles.update(
                id, in: call.organization, by: call.origin
            ) { try body.apply(to: &$0) }
            return .json { DeviceProfileView(profile: profile).write(to: &$0) }
        }
    }

    private var delete: Route {
        Route(
            .delete, Self.one, Self.officialOne, access: .permitted(Permission(.devices, .write)),
            summary: "Delete a device profile", description: "Refused while a device has it.",
            responses: [
                .init(
                    200, "Deleted",
                    .whole([.init("message", .text), .init("profile_id", .text)])
                        .example(ProfileExamples.deleted))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let id = DeviceProfileID(try call.parameter("profile_id"))
            try await core.deviceProfiles.delete(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "Device profile successfully deleted")
                    $0.field("profile_id", id.rawValue)
                }
            }
        }
    }
}
