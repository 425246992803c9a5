import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Devices: change one, change many, delete.
struct DeviceChangeRoutes {
    let core: EdgeCore

    var routes: [Route] { [update, updateEach, delete, deleteEach].about("Devices") }

    private var update: Route {
        Route(
            .patch, "/api/org/{org_id}/devices/{device_id}", "/v1/org/{org_id}/devices/{device_id}",
            access: .permitted(Permission(.devices, .write)), summary: "Change a device",
            description: "Tags are merged, and null removes one; set_tags replaces the custom tags.",
            request: ChangeBody.schema.example(DeviceExamples.update),
            responses: [
                .init(200, "The device as it is now", DeviceView.detailSchema.example(DeviceExamples.updated))
            ]
                + CommonResponses.errors(400, 404, 413, 507)
        ) { [core] call in
            let fields = try call.json(as: Assigned<ChangeBody>.self)
            let change = try fields.body.change(fields.assignment)
            let id = DeviceID(try call.parameter("device_id"))
            let device = try await core.devices.update(
                id, change, in: call.organization, by: call.origin)
            return .json { DeviceView(device: device).writeDetail(to: &$0) }
        }
    }

    private var updateEach: Route {
        let result = Schema.object(
            [
                .init("device_id", .text), .init("status", .string(values: ["success", "error"])),
                .init("device", DeviceView.listSchema), .init("error", .text),
            ], required: ["device_id", "status"])
        return Route(
            .patch, "/api/org/{org_id}/devices", "/v1/org/{org_id}/devices",
            access: .permitted(Permission(.devices, .write)), summary: "Change several devices",
            description:
                "Each change succeeds or fails by itself; the results are in the order of the request.",
            request: ChangesBody.schema.example(DeviceExamples.updateEach),
            responses: [
                .init(
                    200, "What became of each",
                    .whole([
                        .init("results", .array(result)), .init("total_requested", .integer(minimum: 0)),
                        .init("successful", .integer(minimum: 0)), .init("failed", .integer(minimum: 0)),
                        .init("devices", .array(DeviceView.listSchema)),
                    ]).example(DeviceExamples.updatedEach))
            ] + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            let items = try call.json(as: ChangesBody.self).updates
            let results = try await core.devices.updateEach(
                items.map { (id: DeviceID($0.deviceID), change: $0.change) }, in: call.organization,
                by: call.origin)
            return .json { json in write(items, results, to: &json) }
        }
    }

    private func write(
        _ items: [ChangeItem], _ results: [Result<Device, EdgeError>], to json: inout JSONWriter
    ) {
        let updated = results.compactMap { try? $0.get() }
        json.object { json in
            json.array("results", zip(items, results)) { json, pair in
                json.object { json in
                    json.field("device_id", pair.0.deviceID)
                    switch pair.1 {
                    case .success(let device):
                        json.field("status", "success")
                        json.key("device")
                        DeviceView(device: device).writeItem(to: &json)
                    case .failure(let error):
                        json.field("status", "error")
                        json.field("error", error.message)
                    }
                }
            }
            json.field("total_requested", results.count)
            json.field("successful", updated.count)
            json.field("failed", results.count - updated.count)
            json.array("devices", updated) { DeviceView(device: $1).writeItem(to: &$0) }
        }
    }

    private var delete: Route {
        Route(
            .delete, "/api/org/{org_id}/devices/{device_id}", "/v1/org/{org_id}/devices/{device_id}",
            access: .permitted(Permission(.devices, .write)), summary: "Delete a device",
            description: "Its packets stay, under the name that it had.",
            responses: [
                .init(
                    200, "Deleted",
                    .whole([.init("message", .text), .init("device_id", .text), .init("id", .text)]).example(
                        DeviceExamples.deleted))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let organization = try call.organization
            let id = try await core.devices.get(DeviceID(try call.parameter("device_id")), in: organization)
                .id
            guard try await core.devices.delete([id], in: organization, by: call.origin).contains(id) else {
                throw EdgeError.notFound("Device not found")
            }
            return .json { json in
                json.object {
                    $0.field("message", "Device successfully deleted")
                    $0.field("device_id", id.rawValue)
                    $0.field("id", id.rawValue)
                }
            }
        }
    }

    private var deleteEach: Route {
        let failure = Schema.whole([.init("device_id", .text), .init("error", .text)])
        let result = Schema.whole([
            .init("deleted", .integer(minimum: 0)), .init("failed", .integer(minimum: 0)),
            .init("errors", .array(failure)),
        ])
        return Route(
            .delete, "/api/org/{org_id}/devices", "/v1/org/{org_id}/devices",
            access: .permitted(Permission(.devices, .write)), summary: "Delete several devices",
            request: .object(
                [.init("device_ids", .array(.text, minimum: 1, maximum: DeviceRules.batchLimit))],
                required: ["device_ids"]
            ).example(DeviceExamples.deleteEach),
            responses: [
                .init(200, "All deleted", result.example(DeviceExamples.deletedEach)),
                .init(207, "Some deleted", result.example(DeviceExamples.deletedSome)),
            ] + CommonResponses.errors(400, 413, 507)
        ) { [core] call in
            let ids = try call.json(as: DeletionsBody.self).ids
            let deleted = try await core.devices.delete(ids, in: call.organization, by: call.origin)
            let missing = ids.filter { !deleted.contains($0) }
            return .json(missing.isEmpty ? 200 : 207) { json in
                json.object { json in
                    json.field("deleted", deleted.count)
                    json.field("failed", missing.count)
                    json.array("errors", missing) { json, id in
                        json.object {
                            $0.field("device_id", id.rawValue)
                            $0.field("error", "Device not found")
                        }
                    }
                }
            }
        }
    }
}
