import EdgeHTTP
package import EdgeModel
package import NIOCore

/// The body of a delivery of events.
extension HubbleDialect {
    package static func eventBody(_ events: [GatewayEvent]) -> ByteBuffer {
        var json = JSONWriter(reserving: 320 * (events.count + 1))
        json.object { json in
            json.array("events", events) { json, event in
                json.object { write(event, to: &$0) }
            }
        }
        return json.buffer
    }

    private static func write(_ event: GatewayEvent, to json: inout JSONWriter) {
        json.field("event_id", event.id)
        json.field("type", event.type.rawValue)
        json.field("org_id", event.organization.rawValue)
        switch event.subject {
        case .device(let id):
            json.object("device") {
                $0.field("id", id.rawValue)
                $0.field("name", event.name)
            }
        case .gateway(let id):
            json.object("gateway") { $0.field("gateway_id", id.rawValue) }
        }
        json.field(
            "silence_seconds",
            event.type == .gatewayDuplicated ? nil : event.allowedSilence.wholeSeconds)
        json.field("last_seen_at", event.lastSeenAt)
        json.field("occurred_at", event.occurredAt)
    }
}

/// What a webhook is told of, as it is spelled.
enum WebhookEvents {
    static let schema = Schema.array(
        .string(values: WebhookEvent.allCases.map(\.rawValue)), minimum: 1,
        maximum: WebhookEvent.allCases.count)

    static func parse(_ names: [String]?) throws -> Set<WebhookEvent>? {
        guard let names else { return nil }
        guard !names.isEmpty, names.count <= WebhookEvent.allCases.count else {
            throw EdgeError.invalid("events: 1 to \(WebhookEvent.allCases.count) are expected")
        }
        return Set(
            try names.map { name in
                guard let event = WebhookEvent(rawValue: name) else {
                    let all = WebhookEvent.allCases.map(\.rawValue).joined(separator: ", ")
                    throw EdgeError.invalid("events: of \(all) are expected")
                }
                return event
            })
    }
}
