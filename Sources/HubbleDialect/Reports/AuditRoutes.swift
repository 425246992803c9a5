import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// What was done, by whom, from where.
struct AuditRoutes {
    let core: EdgeCore

    var routes: [Route] { [list].about("Audit log") }

    private static let listName = "audit log"

    /// Where the next page begins, as its token carries it.
    private struct Place: Codable {
        var before: Int64
        var limit: Int
    }

    static let parameters = [
        Parameter(
            "limit", .integer(minimum: 1),
            "100 by default; more than \(AuditLog.pageLimit) counts as \(AuditLog.pageLimit)"),
        Parameter("Continuation-Token", .text, "From the page before", in: .header),
    ]

    /// One page of entries, with what else is said of each.
    static func pageSchema(and more: [Schema.Property] = []) -> Schema {
        .whole([
            .init("entries", .array(.whole(properties + more))), .init("count", .integer(minimum: 0)),
            .init("has_more", .boolean),
        ])
    }

    private static let properties: [Schema.Property] = [
        .init("sequence", .integer(minimum: 1)), .init("at", .time), .init("actor_type", .text),
        .init("actor_id", .nullable(.text)), .init("action", .text), .init("object", .nullable(.text)),
        .init("detail", .nullable(.text)), .init("remote_address", .nullable(.text)),
        .init("request_id", .nullable(.text)), .init("hash", .text, "SHA-256, in hexadecimal"),
    ]

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/audit_log", "/v1/org/{org_id}/audit_log",
            access: .permitted(Permission(.organization, .read)), summary: "List what was done",
            description: "Newest first. A Continuation-Token header in the response leads to older entries.",
            parameters: Self.parameters,
            responses: [
                .init(200, "One page", Self.pageSchema().example(PeopleExamples.audit))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let organization = try call.organization
            let place = try call.continuationToken.map {
                try core.tokens.open($0, as: Place.self, list: Self.listName, organization: organization)
            }
            let limit =
                try place?.limit
                ?? call.query.integer("limit", minimum: 1, maximum: AuditLog.pageLimit) ?? 100
            let page = try await core.audit.page(before: place?.before, limit: limit, by: call.principal)
            var headers = HTTPFields()
            if let next = page.next {
                headers[.continuationToken] = try core.tokens.make(
                    Place(before: next, limit: limit), list: Self.listName, organization: organization)
            }
            return .json(headers: headers, size: 256 * (page.entries.count + 1)) { json in
                json.object { json in
                    json.array("entries", page.entries) { Self.write($1, to: &$0) }
                    json.field("count", page.entries.count)
                    json.field("has_more", page.next != nil)
                }
            }
        }
    }

    private static func write(_ entry: AuditEntry, to json: inout JSONWriter) {
        json.object { writeMembers(of: entry, to: &$0) }
    }

    static func writeMembers(of entry: AuditEntry, to json: inout JSONWriter) {
        json.field("sequence", Int(entry.sequence))
        json.field("at", entry.at)
        json.field("actor_type", entry.initiator)
        json.field("actor_id", entry.initiatorID)
        json.field("action", entry.action)
        json.field("object", entry.object)
        json.field("detail", entry.detail)
        json.field("remote_address", entry.address)
        json.field("request_id", entry.requestID)
        json.field("hash", entry.hexadecimalHash)
    }
}
