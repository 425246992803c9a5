import EdgeHTTP
import HTTPTypes

/// What each operation of the reference is good for, in its description.
enum WhenToUse {
    /// The routes, those of the reference with the purposes that it names.
    static func told(by routes: [Route]) -> [Route] {
        routes.map { route in
            purposes["\(route.method.rawValue) \(route.template)"].map {
                route.describedFurther("When to use it: \($0).")
            } ?? route
        }
    }

    private static let purposes = keys.merging(devices) { $1 }.merging(packets) { $1 }
        .merging(webhooks) { $1 }.merging(metrics) { $1 }.merging(people) { $1 }.merging(billing) { $1 }

    private static let keys = [
        "GET /api/org/{org_id}/check":
            "to try a new key, to find out why a request is refused, or as the health check of a "
            + "monitoring system",
        "POST /api/org/{org_id}/key":
            "for the first integration, to rotate keys, or to give each application a key of its own",
        "GET /api/org/{org_id}/key":
            "to audit the keys there are, to find those to rotate or revoke, or to see what each allows",
        "PATCH /api/org/{org_id}/key/{key_id}":
            "to rename a key, or to give it another end, without handing out a new token",
        "DELETE /api/org/{org_id}/key/{key_id}":
            "after a key was replaced, in a security incident, or when an application goes out of service",
        "GET /api/org/{org_id}/key_scopes":
            "before a key is created, to understand what can be permitted, or to document an integration",
    ]

    private static let devices = [
        "POST /api/v2/org/{org_id}/devices":
            "for the first devices, for many at once, or for one that replaces another",
        "GET /api/org/{org_id}/devices":
            "for an inventory, to find devices by tag or name, to export what is known of them, or "
            + "to prepare a batch of changes",
        "GET /api/org/{org_id}/devices/{device_id}":
            "to verify a registration, to see state and tags, or to read a device before it is changed",
        "PATCH /api/org/{org_id}/devices/{device_id}":
            "to rename a device, to add or change tags, or to change how it is set up",
        "PATCH /api/org/{org_id}/devices":
            "to tag or rename many devices, or to change a whole fleet, in one request of the rate limit",
    ]

    private static let packets = [
        "GET /api/org/{org_id}/packets":
            "to analyse the past, to process packets in batches, to fill a database, or to export "
            + "them; large exports go day by day",
        "POST /api/webhook/testBatch":
            "to try a webhook before it is registered, to learn the form of what is sent, or to "
            + "find a fault in a receiver",
    ]

    private static let webhooks = [
        "POST /api/org/{org_id}/webhooks":
            "to process packets as they come, in systems that are driven by events, or to do without polling",
        "GET /api/org/{org_id}/webhooks":
            "to see which receivers there are, and how deliveries to them fare",
        "PATCH /api/org/{org_id}/webhooks/{webhook_id}":
            "when a receiver moves, when batches should be larger or smaller, or to change the secret",
        "DELETE /api/org/{org_id}/webhooks/{webhook_id}":
            "when a receiver goes out of service",
    ]

    private static let metrics = [
        "GET /api/org/{org_id}/api_metrics":
            "to watch the health of an integration, to see where rate limits bite, or to forecast its growth",
        "GET /api/org/{org_id}/packet_metrics":
            "to follow volumes and throughput, or to notice that devices have fallen silent",
        "GET /api/org/{org_id}/webhook_metrics":
            "to be warned of receivers: a success rate under 95 percent is a fault of theirs, an "
            + "average over 5000 ms a slow one, and growing retries one that comes and goes",
        "GET /api/org/{org_id}/device_metrics":
            "to follow registrations, activity and the health of a fleet",
    ]

    private static let people = [
        "GET /api/org/{org_id}": "to show or verify the organization's data, its time zone and its plan",
        "PATCH /api/org/{org_id}": "when its name, address, contact or time zone is another",
        "GET /api/org/{org_id}/users": "to see who has access, in which role, and who logged in when",
        "POST /api/org/{org_id}/users": "for somebody who has an account here already",
        "PATCH /api/org/{org_id}/users/{user_id}": "when somebody's duties, or name, change",
        "DELETE /api/org/{org_id}/users/{user_id}": "when somebody leaves",
        "GET /api/org/{org_id}/invitations": "to see who was invited and has not come yet",
        "POST /api/org/{org_id}/invitations": "for somebody who has no account here",
        "DELETE /api/org/{org_id}/invitations/{invitation_id}":
            "when an invitation went to the wrong address, or is not meant any more",
    ]

    private static let billing = [
        "GET /api/org/{org_id}/billing/invoices": "for bookkeeping, and to see what is owed",
        "GET /api/org/{org_id}/billing/invoices/{invoice_id}/pdf": "to file an invoice, or to hand it on",
        "GET /api/org/{org_id}/billing/usage":
            "to follow what will be billed, and to check an invoice day by day",
    ]
}
