import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Devices: register, list, read.
struct DeviceRoutes {
    let core: EdgeCore

    var routes: [Route] { [register, list, get].about("Devices") }

    private var register: Route {
        Route(
            .post, "/api/v2/org/{org_id}/devices", "/v2/org/{org_id}/devices",
            access: .permitted(Permission(.devices, .write)), summary: "Register devices",
            description:
                "One device with its own key, or, in the official shape, up to 1000 that get fresh keys.",
            parameters: [
                Parameter("key_format", .string(values: ["base64", "hex"]), "Of the keys in the answer")
            ],
            request: RegisterBody.schema.example(DeviceExamples.register),
            responses: [
                .init(
                    201, "Registered",
                    .whole([.init("device", .whole(DeviceView.memberSchemas))]).example(
                        DeviceExamples.registered)),
                .init(
                    200, "Registered, official shape",
                    .whole([
                        .init(
                            "devices", .array(.object(DeviceView.memberSchemas + DeviceView.officialSchemas)))
                    ]).example(DeviceExamples.made)),
            ] + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let keysInHexadecimal = try Self.keysInHexadecimal(call.query)
            let fields = try call.json(as: Assigned<RegisterBody>.self)
            switch try fields.body.kind(fields.assignment) {
            case .one(let registration):
                let device = try await core.devices.register(
                    registration, in: call.organization, by: call.origin)
                return .json(201) { DeviceView(device: device).writeRegistered(to: &$0) }
            case .fleet(let fleet):
                let devices = try await core.devices.register(
                    fleet, in: call.organization, by: call.origin)
                return .json { json in
                    json.object { json in
                        json.array("devices", devices) {
                            DeviceView(device: $1).writeMade(keyInHexadecimal: keysInHexadecimal, to: &$0)
                        }
                    }
                }
            }
        }
    }

    private static func keysInHexadecimal(_ query: Query) throws -> Bool {
        switch query["key_format"] {
        case nil, "base64": false
        case "hex": true
        default: throw EdgeError.invalid("key_format: base64 or hex is expected")
        }
    }

    private static let listName = "devices"

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/devices", "/v1/org/{org_id}/devices",
            access: .permitted(Permission(.devices, .read)), summary: "List devices",
            description:
                "Filters combine. A Continuation-Token header in the response leads to the next page.",
            parameters: DeviceListRequest.parameters,
            responses: [
                .init(
                    200, "One page",
                    .whole([
                        .init("devices", .array(DeviceView.listSchema)),
                        .init("total_count", .integer(minimum: 0)),
                        .init("page_size", .integer(minimum: 1)),
                    ]).example(DeviceExamples.list))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let organization = try call.organization
            var request: DeviceListRequest
            if let token = call.continuationToken {
                request = try core.tokens.open(
                    token, as: DeviceListRequest.self, list: Self.listName, organization: organization)
            } else {
                request = try DeviceListRequest(call.query)
            }
            let query = request.query(in: organization)
            let page = try await core.devices.list(query)
            let total: Int
            if let counted = request.total {
                total = counted
            } else {
                total = try await core.devices.count(query)
            }
            request.total = total
            var headers = HTTPFields()
            if let next = page.next {
                headers[.continuationToken] = try core.tokens.make(
                    request.continued(after: next), list: Self.listName, organization: organization)
            }
            let alsoAsItems = call.query["include"] == "items"
            return .json(headers: headers) { [limit = request.limit] json in
                json.object { json in
                    json.array("devices", page.devices) { DeviceView(device: $1).writeItem(to: &$0) }
                    json.field("total_count", total)
                    json.field("page_size", limit)
                    if alsoAsItems {
                        json.array("items", page.devices) { DeviceView(device: $1).writeItem(to: &$0) }
                    }
                }
            }
        }
    }

    private var get: Route {
        Route(
            .get, "/api/org/{org_id}/devices/{device_id}", "/v1/org/{org_id}/devices/{device_id}",
            access: .permitted(Permission(.devices, .read)), summary: "Read a device",
            description: "By its identifier, or by its DevEUI.",
            responses: [.init(200, "The device", DeviceView.detailSchema.example(DeviceExamples.detail))]
                + CommonResponses.errors(404)
        ) { [core] call in
            let id = DeviceID(try call.parameter("device_id"))
            let device = try await core.devices.get(id, in: call.organization)
            return .json { DeviceView(device: device).writeDetail(to: &$0) }
        }
    }
}

extension Call {
    /// The token of the page before; an empty one is none.
    var continuationToken: String? {
        headers[.continuationToken].flatMap { $0.isEmpty ? nil : $0 }
    }
}
