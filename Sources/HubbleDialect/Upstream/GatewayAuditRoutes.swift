import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// What was done at the gateways of a central, as their own audit logs have it.
struct GatewayAuditRoutes {
    let core: EdgeCore

    var routes: [Route] { [list].about("Audit log") }

    private static let listName = "gateway audit log"

    /// Where the next page begins, as its token carries it.
    private struct Place: Codable {
        var gateway: String
        var before: Int64
        var limit: Int
    }

    private static let pageSchema = AuditRoutes.pageSchema(and: [
        .init(
            "verified", .nullable(.boolean),
            "Whether the hash follows from this entry and the one before; null when that one is not here")
    ])

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/gateways/enrollments/{gateway_id}/audit_log",
            "/v1/org/{org_id}/gateways/enrollments/{gateway_id}/audit_log",
            access: .permitted(Permission(.organization, .read)), summary: "List what was done at a gateway",
            description: """
                As the gateway sent it, newest first; nobody changes it here. A gateway that was restored may \
                show two entries of one number. A Continuation-Token header in the response leads to older \
                entries.
                """,
            parameters: AuditRoutes.parameters,
            responses: [
                .init(200, "One page", Self.pageSchema.example(UpstreamExamples.audit))
            ] + CommonResponses.errors(400, 404)
        ) { [core] call in
            let organization = try call.organization
            let gateway = try call.parameter("gateway_id")
            let place = try call.continuationToken.map {
                try core.tokens.open($0, as: Place.self, list: Self.listName, organization: organization)
            }
            guard place.map({ $0.gateway == gateway }) ?? true else {
                throw EdgeError.invalid("Continuation-Token: it is of another gateway")
            }
            let limit =
                try place?.limit
                ?? call.query.integer("limit", minimum: 1, maximum: AuditLog.pageLimit) ?? 100
            let page = try await core.central.auditPage(
                of: GatewayID(gateway), before: place?.before, limit: limit, by: call.principal)
            var headers = HTTPFields()
            if let next = page.next {
                headers[.continuationToken] = try core.tokens.make(
                    Place(gateway: gateway, before: next, limit: limit), list: Self.listName,
                    organization: organization)
            }
            return .json(headers: headers, size: 280 * (page.entries.count + 1)) { json in
                json.object { json in
                    json.array("entries", page.entries) { json, carried in
                        json.object { json in
                            AuditRoutes.writeMembers(of: carried.entry, to: &json)
                            json.field("verified", carried.isVerified)
                        }
                    }
                    json.field("count", page.entries.count)
                    json.field("has_more", page.next != nil)
                }
            }
        }
    }
}
