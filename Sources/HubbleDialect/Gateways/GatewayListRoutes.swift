import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The organization's side of uploading gateways: which there are, and the keys they register with.
struct GatewayListRoutes {
    let core: EdgeCore

    var routes: [Route] { [list, keys, createKey, revokeKey].about("Gateways") }

    private static let gateway = Schema.whole([
        .init("gateway_id", .text), .init("device_id", .text), .init("online", .boolean),
        .init("last_seen_at", .nullable(.time)), .init("registered_at", .time), .init("sdk_key_id", .text),
        .init("type", .nullable(.text)), .init("manufacturer", .nullable(.text)),
        .init("model", .nullable(.text)), .init("firmware_version", .nullable(.text)),
        .init("ble_adapter_state", .nullable(.text)),
        .init(
            "location",
            .nullable(
                .whole([
                    .init("latitude", .number), .init("longitude", .number),
                    .init("accuracy", .nullable(.number), "Metres"), .init("located_at", .nullable(.time)),
                ]))),
        .init("batches", .integer(minimum: 0)), .init("packets_accepted", .integer(minimum: 0)),
        .init("packets_rejected", .integer(minimum: 0)),
    ])

    private static let key = Schema.object(
        [
            .init("key_id", .text), .init("name", .text), .init("created_at", .time),
            .init("sdk_key", .text, "At creation only"),
        ], required: ["key_id", "name", "created_at"])

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/gateways", "/v1/org/{org_id}/gateways",
            access: .permitted(Permission(.devices, .read)), summary: "List the gateways that upload",
            description: "Online is one that was heard from within 15 minutes.",
            responses: [
                .init(
                    200, "All of them",
                    .whole([
                        .init("gateways", .array(Self.gateway)), .init("total_count", .integer(minimum: 0)),
                    ]).example(GatewayExamples.list))
            ] + CommonResponses.errors()
        ) { [core] call in
            let gateways = try core.gateways.list(call.organization)
            return .json(size: 600 * (gateways.count + 1)) { json in
                json.object { json in
                    json.array("gateways", gateways) {
                        Self.write($1.gateway, isOnline: $1.isOnline, to: &$0)
                    }
                    json.field("total_count", gateways.count)
                }
            }
        }
    }

    private static func write(_ gateway: UploadingGateway, isOnline: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.field("gateway_id", gateway.id.rawValue)
            json.field("device_id", gateway.deviceID)
            json.field("online", isOnline)
            json.field("last_seen_at", gateway.lastSeen.wall)
            json.field("registered_at", gateway.registeredAt)
            json.field("sdk_key_id", gateway.sdkKey.rawValue)
            json.field("type", gateway.description.type)
            json.field("manufacturer", gateway.description.manufacturer)
            json.field("model", gateway.description.model)
            json.field("firmware_version", gateway.description.firmwareVersion)
            json.field("ble_adapter_state", gateway.description.bleAdapterState)
            json.key("location")
            if let location = gateway.location {
                json.object {
                    $0.field("latitude", location.latitude)
                    $0.field("longitude", location.longitude)
                    $0.field("accuracy", location.accuracy)
                    $0.field("located_at", gateway.locatedAt)
                }
            } else {
                json.null()
            }
            json.field("batches", gateway.counters.batches)
            json.field("packets_accepted", gateway.counters.accepted)
            json.field("packets_rejected", gateway.counters.rejected)
        }
    }

    private var keys: Route {
        Route(
            .get, "/api/org/{org_id}/sdk_keys", "/v1/org/{org_id}/sdk_keys",
            access: .permitted(Permission(.keys, .read)), summary: "List SDK keys",
            description: "The keys themselves are never among it.",
            responses: [
                .init(
                    200, "All of them",
                    .whole([.init("sdk_keys", .array(Self.key))]).example(GatewayExamples.keys))
            ] + CommonResponses.errors()
        ) { [core] call in
            let keys = try core.gateways.sdkKeys(of: call.organization)
            return .json { json in
                json.object { json in
                    json.array("sdk_keys", keys) { Self.write($1, token: nil, to: &$0) }
                }
            }
        }
    }

    private struct KeyBody: Decodable {
        let name: String

        static let schema = Schema.object([.init("name", .text)], required: ["name"])
    }

    private var createKey: Route {
        Route(
            .post, "/api/org/{org_id}/sdk_keys", "/v1/org/{org_id}/sdk_keys",
            access: .permitted(Permission(.keys, .write)), summary: "Create an SDK key",
            description: "What gateways register with. It is in this response and nowhere else.",
            request: KeyBody.schema.example(GatewayExamples.createKey),
            responses: [.init(201, "Created", Self.key.example(GatewayExamples.createdKey))]
                + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: KeyBody.self)
            let made = try await core.gateways.createSDKKey(
                name: body.name, in: call.organization, by: call.origin)
            return .json(201) { Self.write(made.key, token: made.token, to: &$0) }
        }
    }

    private var revokeKey: Route {
        Route(
            .delete, "/api/org/{org_id}/sdk_keys/{key_id}", "/v1/org/{org_id}/sdk_keys/{key_id}",
            access: .permitted(Permission(.keys, .write)), summary: "Revoke an SDK key",
            description: "At once, and with it every token of the gateways that registered with it.",
            responses: [
                .init(
                    200, "Revoked",
                    .whole([.init("message", .text), .init("key_id", .text)]).example(
                        GatewayExamples.revokedKey))
            ] + CommonResponses.errors(404, 507)
        ) { [core] call in
            let id = SDKKeyID(try call.parameter("key_id"))
            try await core.gateways.revokeSDKKey(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "SDK key successfully revoked")
                    $0.field("key_id", id.rawValue)
                }
            }
        }
    }

    private static func write(_ key: SDKKey, token: String?, to json: inout JSONWriter) {
        json.object { json in
            json.field("key_id", key.id.rawValue)
            json.field("name", key.name)
            json.field("created_at", key.createdAt)
            if let token { json.field("sdk_key", token) }
        }
    }
}
