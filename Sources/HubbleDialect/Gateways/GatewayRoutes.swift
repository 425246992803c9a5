import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Registration, tokens, heartbeat, packets and places of uploading gateways.
struct GatewayRoutes {
    let core: EdgeCore

    var routes: [Route] {
        [register, refresh, heartbeat, packets, locations].about("Uploads of gateways")
    }

    private static let admission = Schema.whole([
        .init("gatewayId", .text), .init("deviceToken", .text), .init("refreshToken", .text),
        .init("expiresInSeconds", .integer(minimum: 61)), .init("config", GatewayInstructions.schema),
    ]).example(GatewayExamples.admission)

    /// Those that every route may give, and `statuses`.
    private static func errors(_ statuses: Int...) -> [Route.Response] {
        Set([400, 401, 413, 500, 503, 507] + statuses).sorted().map {
            Route.Response(
                $0, "The code and the message say what is wrong", GatewayDialect.errorSchema)
        }
    }

    private var register: Route {
        Route(
            .put, "/api/v1/gateways", access: .open, summary: "Register a gateway",
            description: "With the organization's SDK key. The same deviceId has the same gatewayId again.",
            parameters: [Parameter("X-Sdk-Key", .text, "hsk_…", in: .header)],
            request: GatewayBody.schema.example(GatewayExamples.register),
            responses: [
                .init(201, "Registered", Self.admission), .init(200, "Registered again", Self.admission),
            ] + Self.errors(409)
        ) { [core] call in
            let key = HTTPField.Name("X-Sdk-Key").flatMap { call.headers[$0] } ?? ""
            guard key.utf8.count <= 256 else {
                return Self.refusal("invalid_sdk_key", "The SDK key is not valid")
            }
            let body = try call.json(as: GatewayBody.self)
            guard let deviceID = body.deviceId else {
                throw EdgeError.invalid("Missing required field: deviceId")
            }
            do {
                let admission = try await core.gateways.register(
                    deviceID: deviceID, body.description, sdkKey: key)
                return Self.reply(admission, status: admission.isNew ? 201 : 200)
            } catch let error as EdgeError where error.code == .unauthenticated {
                return Self.refusal("invalid_sdk_key", error.message)
            }
        }
    }

    private var refresh: Route {
        Route(
            .post, "/api/v1/auth/refresh", access: .open, summary: "Renew a gateway's tokens",
            description: "A refresh token that was used is good for five more minutes.",
            request: RefreshBody.schema.example(GatewayExamples.refresh),
            responses: [.init(200, "New tokens", Self.admission)] + Self.errors()
        ) { [core] call in
            let token = try call.json(as: RefreshBody.self).refreshToken
            do {
                return Self.reply(try await core.gateways.refresh(token), status: 200)
            } catch let error as EdgeError where error.code == .unauthenticated {
                return Self.refusal("invalid_refresh_token", error.message)
            }
        }
    }

    private var heartbeat: Route {
        let schema = Schema.whole([.init("gatewayId", .text), .init("config", GatewayInstructions.schema)])
        return Route(
            .put, "/api/v1/gateways/{gateway_id}", access: .gateway, summary: "Say that a gateway is alive",
            request: GatewayBody.schema.example(GatewayExamples.register),
            responses: [.init(200, "Seen", schema.example(GatewayExamples.alive))] + Self.errors()
        ) { [core] call in
            let body = try call.json(as: GatewayBody.self)
            let gateway = try await core.gateways.heartbeat(call.gateway.id, body.description)
            return .json { json in
                json.object { json in
                    json.field("gatewayId", gateway.id.rawValue)
                    GatewayInstructions.write(to: &json)
                }
            }
        }
    }

    private var packets: Route {
        Route(
            .post, "/api/v1/gateways/{gateway_id}/packets", access: .gateway,
            summary: "Upload what a gateway heard",
            description: """
                Accepted means: on the disk, to be opened afterwards. The same batchId is taken once. Refused \
                sightings are counted by reason.
                """, request: GatewayPacketsBody.schema.example(GatewayExamples.packets),
            responses: [.init(202, "Accepted", UploadView.schema.example(GatewayExamples.accepted))]
                + Self.errors()
        ) { [core] call in
            let body = try call.json(as: GatewayPacketsBody.self)
            let receipt = try await core.gateways.accept(
                body.claims, batchID: body.batchId, from: call.gateway)
            return .json(202) { UploadView(receipt: receipt, batchID: body.batchId).write(to: &$0) }
        }
    }

    private var locations: Route {
        let schema = Schema.whole([
            .init("batchId", .nullable(.text)), .init("accepted", .integer(minimum: 0)),
        ])
        return Route(
            .post, "/api/v1/gateways/{gateway_id}/locations", access: .gateway,
            summary: "Upload where a gateway stands",
            description: "The latest place stands for sightings that say none.",
            request: GatewayLocationsBody.schema.example(GatewayExamples.locations),
            responses: [.init(202, "Accepted", schema.example(GatewayExamples.located))] + Self.errors()
        ) { [core] call in
            let body = try call.json(as: GatewayLocationsBody.self)
            if let latest = body.latest(now: core.clock.now().wall) {
                try await core.gateways.locate(call.gateway.id, at: latest.location, time: latest.time)
            }
            return .json(202) { json in
                json.object { json in
                    json.field("batchId", body.batchId)
                    json.field("accepted", body.locations.count { $0.value?.location != nil })
                }
            }
        }
    }

    private static func reply(_ admission: Gateways.Admission, status: Int) -> Reply {
        .json(status) { json in
            json.object { json in
                json.field("gatewayId", admission.gateway.id.rawValue)
                json.field("deviceToken", admission.deviceToken)
                json.field("refreshToken", admission.refreshToken)
                json.field("expiresInSeconds", Int(GatewayTokens.lifetime.components.seconds))
                GatewayInstructions.write(to: &json)
            }
        }
    }

    /// 401 with a code that does not ask the client to renew its tokens.
    private static func refusal(_ code: String, _ message: String) -> Reply {
        .json(401, headers: [.wwwAuthenticate: "Bearer"]) {
            GatewayDialect.write(code: code, message, to: &$0)
        }
    }
}
