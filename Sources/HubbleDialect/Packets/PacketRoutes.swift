import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes
import NIOCore

/// Packets: reading them.
struct PacketRoutes {
    let core: EdgeCore

    var routes: [Route] { [list].about("Packets") }

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
                    .whole([
                        .init("packets", .array(PacketView.schema)), .init("count", .integer(minimum: 0)),
                        .init("has_more", .boolean),
                    ]).example(DeviceExamples.packets))
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
            let page = try await PacketListPage(request, in: organization, core: core)
            var headers = HTTPFields()
            if let next = page.next {
                headers[.continuationToken] = try core.tokens.make(
                    next, list: Self.listName, organization: organization)
            }
            if !page.hasMore { headers[.retryAfter] = "5" }
            return Self.reply(page, headers, alsoAsItems: call.query.values("include").contains("items"))
        }
    }

    private static func reply(_ page: PacketListPage, _ headers: HTTPFields, alsoAsItems: Bool) -> Reply {
        guard page.count > pieceLength, !alsoAsItems else {
            return .json(headers: headers, size: 1_100 * (page.count + 1)) { json in
                json.object { json in
                    write(page, as: "packets", to: &json)
                    json.field("count", page.count)
                    json.field("has_more", page.hasMore)
                    if alsoAsItems { write(page, as: "items", to: &json) }
                }
            }
        }
        return .pieces(headers: headers) { write in
            var json = JSONWriter()
            json.open("{")
            json.key("packets")
            json.open("[")
            for (position, entry) in page.packets.enumerated() {
                PacketView(entry: entry).write(to: &json)
                if (position + 1).isMultiple(of: pieceLength) { try await write(json.takeBuffer()) }
            }
            for frame in page.frames { UnopenedFrameView(frame: frame).write(to: &json) }
            json.close("]")
            json.field("count", page.count)
            json.field("has_more", page.hasMore)
            json.close("}")
            try await write(json.buffer)
        }
    }

    private static func write(_ page: PacketListPage, as name: StaticString, to json: inout JSONWriter) {
        json.key(name)
        json.open("[")
        for entry in page.packets { PacketView(entry: entry).write(to: &json) }
        for frame in page.frames { UnopenedFrameView(frame: frame).write(to: &json) }
        json.close("]")
    }
}

/// One page of the list: packets, and behind the last of them the frames that no key opens, where
/// these are asked for.
private struct PacketListPage {
    let packets: [PacketEntry]
    let frames: [UnopenedFrame]
    let hasMore: Bool
    /// How the list goes on; nil at its end.
    let next: PacketListRequest?

    var count: Int { packets.count + frames.count }

    init(_ request: PacketListRequest, in organization: OrganizationID, core: EdgeCore) async throws {
        let page = try await core.packets.page(request.query(in: organization))
        packets = page.entries
        let room = request.limit - packets.count
        if page.next == nil, let query = request.unopened(filling: room) {
            let found = try await core.packets.unopened(query)
            frames = Array(found.prefix(room))
            hasMore = found.count > room
            next = hasMore ? request.continued(behind: frames.last) : nil
        } else {
            frames = []
            hasMore = page.next != nil
            let isFollowing = request.through == nil
            let last = page.next ?? (isFollowing ? packets.last?.sequence ?? request.after : nil)
            next = last.map(request.continued(after:))
        }
    }
}
