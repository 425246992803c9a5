import HTTPTypes
package import NIOCore

/// The OpenAPI 3.0.3 document of a route table.
package struct OpenAPIDocument {
    let dialects: [Dialect]
    let version: String

    package init(_ dialects: [Dialect], version: String) {
        self.dialects = dialects
        self.version = version
    }

    package func write() -> ByteBuffer {
        var json = JSONWriter(reserving: 256 * 1_024)
        let paths = operations()
        json.object { json in
            json.field("openapi", "3.0.3")
            json.object("info") {
                $0.field("title", "Holdfast")
                $0.field("description", Self.introduction)
                $0.field("version", version)
            }
            json.array("servers", ["/"]) { json, url in
                json.object {
                    $0.field("url", url)
                    $0.field("description", "The gateway that serves this document")
                }
            }
            json.array("tags", tags) { json, tag in json.object { $0.field("name", tag) } }
            // For the pages: where the views are.
            json.array("x-dialects", dialects.filter { $0.slug != nil }) { json, dialect in
                json.object {
                    $0.field("name", dialect.name)
                    $0.field("document", dialect.documentPath)
                }
            }
            json.object("paths") { json in
                for (path, operations) in paths {
                    json.key(dynamic: path)
                    json.object { json in
                        for operation in operations { operation.write(to: &json) }
                    }
                }
            }
            json.object("components") { writeComponents(to: &$0) }
        }
        return json.buffer
    }

    private static let introduction = """
        The cloud API, served by the gateway itself. Send a key as `Authorization: Bearer` or in \
        `X-API-Key`. Every response says who it was (`X-Request-Id`) and how much may follow \
        (`X-RateLimit-*`). A list that goes on has a `Continuation-Token` header: send it back for the \
        next page.
        """

    /// The dialects first, then what their operations are about.
    private var tags: [String] {
        var tags = dialects.map(\.name)
        for route in dialects.flatMap(\.routes) where !route.resource.isEmpty {
            if !tags.contains(route.resource) { tags.append(route.resource) }
        }
        return tags
    }

    /// Every operation by its path, each with an identifier of its own, in the order of the routes.
    private func operations() -> [(path: String, operations: [Operation])] {
        var paths: [String: [Operation]] = [:]
        var order: [String] = []
        var taken: Set<String> = []
        for dialect in dialects {
            for route in dialect.routes {
                for path in route.paths {
                    var identifier = Operation.identifier(of: route, at: path)
                    var number = 2
                    while !taken.insert(identifier).inserted {
                        identifier = "\(Operation.identifier(of: route, at: path))\(number)"
                        number += 1
                    }
                    if paths[path] == nil { order.append(path) }
                    paths[path, default: []].append(
                        Operation(route: route, path: path, dialect: dialect, identifier: identifier))
                }
            }
        }
        return order.map { ($0, paths[$0] ?? []) }
    }
}

extension Dialect {
    /// Where this dialect's view of the document is.
    var documentPath: String { "/openapi/\(slug ?? "").json" }
}
