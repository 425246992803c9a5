import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// API keys: check, create, list, change, delete, the catalogue of scopes.
struct KeyRoutes {
    let core: EdgeCore

    var routes: [Route] { [check, create, list, update, delete, scopes].about("API keys") }

    private var check: Route {
        Route(
            .get, "/api/org/{org_id}/check", "/v1/org/{org_id}/check", access: .member,
            summary: "Check an API key",
            description: "Says whether the calling key is valid, and what it allows.",
            responses: [
                .init(
                    200, "The key is valid",
                    .whole([
                        .init("valid", .boolean), .init("scopes", .array(.text)),
                        .init("organization_id", .text),
                        .init("expires_at", .nullable(.time)), .init("org_id", .text),
                    ]).example(KeyExamples.valid))
            ] + CommonResponses.errors()
        ) { call in
            let key = try call.principal.key
            return .json { json in
                json.object { json in
                    json.field("valid", true)
                    json.array("scopes", key.scopes) { $0.value($1) }
                    json.field("organization_id", key.organization.rawValue)
                    json.field("expires_at", key.expiresAt)
                    json.field("org_id", key.organization.rawValue)
                }
            }
        }
    }

    private var create: Route {
        Route(
            .post, "/api/org/{org_id}/key", "/v1/org/{org_id}/key",
            access: .permitted(Permission(.keys, .write)),
            summary: "Create an API key",
            description: "The token is in this response and nowhere else.",
            request: CreateKeyBody.schema.example(KeyExamples.create),
            responses: [
                .init(201, "Created", KeyView.schema.example(KeyExamples.created)),
                .init(200, "Created, official shape", KeyView.schema),
            ] + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CreateKeyBody.self)
            let created = try await core.keys.create(body.request, by: call.principal)
            let shape = Shape(call)
            let isOfficial = body.isOfficial || shape == .official
            return .json(isOfficial ? 200 : 201) { json in
                KeyView(key: created.key, token: created.token, shape: shape).write(to: &json)
            }
        }
    }

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/key", "/v1/org/{org_id}/key",
            access: .permitted(Permission(.keys, .read)),
            summary: "List API keys", description: "Tokens are never among it.",
            responses: [
                .init(
                    200, "All keys",
                    .whole([.init("keys", .array(KeyView.schema))]).example(KeyExamples.list))
            ]
                + CommonResponses.errors()
        ) { [core] call in
            let keys = try core.keys.list(call.organization)
            let shape = Shape(call)
            return .json { json in
                json.object { json in
                    json.array("keys", keys) { KeyView(key: $1, token: nil, shape: shape).write(to: &$0) }
                }
            }
        }
    }

    private var update: Route {
        Route(
            .patch, "/api/org/{org_id}/key/{key_id}", "/v1/org/{org_id}/key/{key_id}",
            access: .permitted(Permission(.keys, .write)), summary: "Change an API key",
            description: "Name, expiry and metadata. Scopes change only through set_scopes.",
            request: UpdateKeyBody.schema.example(KeyExamples.update),
            responses: [.init(200, "The key as it is now", KeyView.schema.example(KeyExamples.updated))]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: UpdateKeyBody.self)
            let id = APIKeyID(try call.parameter("key_id"))
            let key = try await core.keys.update(id, body.change(), by: call.principal)
            let shape = Shape(call)
            return .json { KeyView(key: key, token: nil, shape: shape).write(to: &$0) }
        }
    }

    private var delete: Route {
        Route(
            .delete, "/api/org/{org_id}/key/{key_id}", "/v1/org/{org_id}/key/{key_id}",
            access: .permitted(Permission(.keys, .write)), summary: "Delete an API key",
            description: "Takes effect with the next request.",
            responses: [
                .init(
                    200, "Deleted",
                    .whole([.init("message", .text), .init("key_id", .text)]).example(KeyExamples.deleted))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let id = APIKeyID(try call.parameter("key_id"))
            try await core.keys.delete(id, by: call.principal)
            return .json { json in
                json.object {
                    $0.field("message", "API key successfully deleted")
                    $0.field("key_id", id.rawValue)
                }
            }
        }
    }

    private var scopes: Route {
        let item = Schema.whole([
            .init("scope", .text), .init("description", .text), .init("scope_id", .text),
            .init("display_name", .text),
        ])
        return Route(
            .get, "/api/org/{org_id}/key_scopes", "/v1/org/{org_id}/key_scopes", access: .member,
            summary: "List the scopes that a key can have",
            responses: [
                .init(200, "All scopes", .whole([.init("scopes", .array(item))]).example(KeyExamples.scopes))
            ]
                + CommonResponses.errors()
        ) { _ in
            .json { json in
                json.object { json in
                    json.array("scopes", Scope.catalogue) { json, scope in
                        json.object {
                            $0.field("scope", scope.name)
                            $0.field("description", scope.description)
                            $0.field("scope_id", scope.officialName)
                            $0.field("display_name", scope.description)
                        }
                    }
                }
            }
        }
    }
}
