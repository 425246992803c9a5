import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// Packets: reading them.
struct PacketRoutes {
    let core: EdgeCore

    var routes: [Route] { [list] }

    private static let listName = "packets"
    /// Packets written at a time when a page is long.
    private static let pieceLength = 200

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/packets", "/v1/org/{org_id}/packets",
            access: .permitted(Permission(.packets, .read)), summary: "Read packets",
            description: """
                In the order in which the gateway took them. A Continuation-Token header in the response \
                leads to the next page and carries the whole query.
                """,
            parameters: PacketListRequest.parameters,
            responses: [
                .init(
                    200, "One page",
                    .object([
                        .init("packets", .array(PacketView.schema)), .init("count", .integer(minimum: 0)),
                        .init("has_more", .boolean),
                    ]))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let organization = try call.organization
            let request: PacketListRequest
            if let token = call.continuationToken {
                request = try core.tokens.open(
                    token, as: PacketListRequest.self, list: Self.listName, organization: organization)
            } else {
                request = try PacketListRequest(
                    call.query, now: core.clock.now().wall, newest: core.packets.newest)
            }
            let page = try await core.packets.page(request.query(in: organization))
            var headers = HTTPFields()
            let isFollowing = request.through == nil
            if let next = page.next ?? (isFollowing ? page.entries.last?.sequence ?? request.after : nil) {
                headers[.continuationToken] = try core.tokens.make(
                    request.continued(after: next), list: Self.listName, organization: organization)
            }
            if page.next == nil { headers[.retryAfter] = "5" }
            let alsoAsItems = call.query["include"] == "items"
            return Self.reply(page, headers, alsoAsItems: alsoAsItems)
        }
    }

    private static func reply(_ page: PacketPage, _ headers: HTTPFields, alsoAsItems: Bool) -> Reply {
        guard page.entries.count > pieceLength, !alsoAsItems else {
            return .json(headers: headers, size: 1_100 * (page.entries.count + 1)) { json in
                json.object { json in
                    json.array("packets", page.entries) { PacketView(entry: $1).write(to: &$0) }
                    writeEnd(of: page, to: &json)
                    if alsoAsItems {
                        json.array("items", page.entries) { PacketView(entry: $1).write(to: &$0) }
                    }
                }
            }
        }
        return .pieces(headers: headers) { write in
            var json = JSONWriter()
            json.open("{")
            json.key("packets")
            json.open("[")
            for (position, entry) in page.entries.enumerated() {
                PacketView(entry: entry).write(to: &json)
                if (position + 1).isMultiple(of: pieceLength) { try await write(json.takeBuffer()) }
            }
            json.close("]")
            writeEnd(of: page, to: &json)
            json.close("}")
            try await write(json.buffer)
        }
    }

    private static func writeEnd(of page: PacketPage, to json: inout JSONWriter) {
        json.field("count", page.entries.count)
        json.field("has_more", page.next != nil)
    }
}
