import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// Webhooks: register, list, read, change, delete, try.
struct WebhookRoutes {
    let core: EdgeCore

    var routes: [Route] { [create, list, read, update, delete, test].about("Webhooks") }

    private static let all = "/api/org/{org_id}/webhooks"
    private static let one = "/api/org/{org_id}/webhooks/{webhook_id}"

    private var create: Route {
        Route(
            .post, Self.all, "/v1/org/{org_id}/webhooks", access: .permitted(Permission(.webhooks, .write)),
            summary: "Register a webhook",
            description: """
                Packets that come from now on are sent to the URL, at most max_batch_size in a request, with \
                the secret in the header HTTP-X-HUBBLE-TOKEN. Events other than packets come in requests of \
                their own, {"events":[…]}. The secret is in this response and nowhere else.
                """,
            request: CreateWebhookBody.schema.example(WebhookExamples.create),
            responses: [.init(201, "Registered", WebhookView.createdSchema.example(WebhookExamples.created))]
                + CommonResponses.errors(400, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: CreateWebhookBody.self)
            let webhook = try await core.webhooks.create(
                body.request, in: call.organization, by: call.origin)
            return .json(201) { WebhookView(webhook: webhook, showsSecret: true).write(to: &$0) }
        }
    }

    private var list: Route {
        Route(
            .get, Self.all, "/v1/org/{org_id}/webhooks", access: .permitted(Permission(.webhooks, .read)),
            summary: "List webhooks", description: "Secrets are never among it.",
            responses: [
                .init(
                    200, "All webhooks",
                    .whole([
                        .init("webhooks", .array(WebhookView.itemSchema, maximum: WebhookRules.limit))
                    ]).example(WebhookExamples.list))
            ] + CommonResponses.errors()
        ) { [core] call in
            let webhooks = try await core.webhooks.list(call.organization)
            return .json { json in
                json.object { json in
                    json.array("webhooks", webhooks) { json, webhook in
                        json.object { WebhookView(webhook: webhook).writeMembers(to: &$0) }
                    }
                }
            }
        }
    }

    private var read: Route {
        Route(
            .get, Self.one, "/v1/org/{org_id}/webhooks/{webhook_id}",
            access: .permitted(Permission(.webhooks, .read)), summary: "Read one webhook",
            responses: [.init(200, "The webhook", WebhookView.schema.example(WebhookExamples.one))]
                + CommonResponses.errors(404)
        ) { [core] call in
            let id = WebhookID(try call.parameter("webhook_id"))
            let webhook = try await core.webhooks.find(id, in: call.organization)
            return .json { WebhookView(webhook: webhook).write(to: &$0) }
        }
    }

    private var update: Route {
        Route(
            .patch, Self.one, "/v1/org/{org_id}/webhooks/{webhook_id}",
            access: .permitted(Permission(.webhooks, .write)), summary: "Change a webhook",
            description: """
                Takes effect with the next attempt. A new URL resumes a webhook whose receiver answered 410 \
                Gone; status pauses and resumes any.
                """,
            request: UpdateWebhookBody.schema.example(WebhookExamples.update),
            responses: [
                .init(200, "The webhook as it is now", WebhookView.schema.example(WebhookExamples.updated))
            ]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: UpdateWebhookBody.self)
            let id = WebhookID(try call.parameter("webhook_id"))
            let webhook = try await core.webhooks.update(
                id, body.change(), in: call.organization, by: call.origin)
            return .json { WebhookView(webhook: webhook).write(to: &$0) }
        }
    }

    private var delete: Route {
        Route(
            .delete, Self.one, "/v1/org/{org_id}/webhooks/{webhook_id}",
            access: .permitted(Permission(.webhooks, .write)), summary: "Delete a webhook",
            description: "No further attempt begins, whatever waits.",
            responses: [
                .init(
                    200, "Deleted",
                    .whole([.init("message", .text), .init("webhook_id", .text)])
                        .example(WebhookExamples.deleted))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let id = WebhookID(try call.parameter("webhook_id"))
            try await core.webhooks.delete(id, in: call.organization, by: call.origin)
            return .json { json in
                json.object {
                    $0.field("message", "Webhook successfully deleted")
                    $0.field("webhook_id", id.rawValue)
                }
            }
        }
    }

    private var test: Route {
        let result = Schema.whole([
            .init("success", .boolean),
            .init("status_code", .nullable(.integer(minimum: 100, maximum: 999)), "null without an answer"),
            .init("error", .nullable(.text)),
        ])
        return Route(
            .post, Self.one + "/test", "/v1/org/{org_id}/webhooks/{webhook_id}/test",
            access: .permitted(Permission(.webhooks, .write)), summary: "Try a webhook",
            description: """
                Sends {"packets":[],"test":true} to the URL as a delivery would go, once, and tells what \
                came of it. Counts as no delivery.
                """,
            responses: [.init(200, "What came of it", result.example(WebhookExamples.tried))]
                + CommonResponses.errors(404)
        ) { [core] call in
            let id = WebhookID(try call.parameter("webhook_id"))
            let trial = try await core.webhooks.test(id, in: call.organization)
            return .json { json in
                json.object {
                    $0.field("success", trial.isSuccess)
                    $0.field("status_code", trial.status)
                    $0.field("error", trial.error)
                }
            }
        }
    }
}
