import HTTPTypes
package import NIOCore

/// The OpenAPI 3.0.3 document of a route table.
package enum OpenAPIDocument {
    package static func write(_ dialects: [Dialect], version: String) -> ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.field("openapi", "3.0.3")
            json.object("info") {
                $0.field("title", "Holdfast")
                $0.field("description", "The cloud API, served by the gateway itself.")
                $0.field("version", version)
            }
            json.array("tags", dialects) { json, dialect in json.object { $0.field("name", dialect.name) } }
            json.object("paths") { writePaths(dialects, to: &$0) }
            json.object("components") { json in
                json.object("securitySchemes") { json in
                    json.object("bearer") {
                        $0.field("type", "http")
                        $0.field("scheme", "bearer")
                        $0.field("bearerFormat", "JWT")
                    }
                    json.object("apiKey") {
                        $0.field("type", "apiKey")
                        $0.field("in", "header")
                        $0.field("name", "X-API-Key")
                    }
                }
            }
        }
        return json.buffer
    }

    private static func writePaths(_ dialects: [Dialect], to json: inout JSONWriter) {
        var paths: [String: [(Route, Dialect)]] = [:]
        for dialect in dialects {
            for route in dialect.routes {
                for path in route.paths { paths[path, default: []].append((route, dialect)) }
            }
        }
        for path in paths.keys.sorted() {
            json.key(dynamic: path)
            json.object { json in
                for (route, dialect) in paths[path] ?? [] {
                    json.key(dynamic: route.method.rawValue.lowercased())
                    write(route, at: path, dialect, to: &json)
                }
            }
        }
    }

    private static func write(_ route: Route, at path: String, _ dialect: Dialect, to json: inout JSONWriter)
    {
        json.object { json in
            json.array("tags", [dialect.name]) { $0.value($1) }
            json.field("summary", route.summary)
            if !route.description.isEmpty { json.field("description", route.description) }
            json.field("operationId", operationID(route, path))
            json.key("parameters")
            json.open("[")
            for name in pathParameters(path) { writeParameter(name, "path", .text, "", to: &json) }
            for parameter in route.parameters {
                writeParameter(
                    parameter.name, parameter.place.rawValue, parameter.schema, parameter.note, to: &json)
            }
            json.close("]")
            if let request = route.request {
                json.object("requestBody") { json in
                    json.field("required", true)
                    json.object("content") { json in
                        json.object("application/json") { json in
                            json.key("schema")
                            request.write(to: &json)
                        }
                    }
                }
            }
            json.object("responses") { writeResponses(route, to: &$0) }
            json.key("security")
            json.array(security(of: route)) { json, name in
                json.object { json in
                    json.key(dynamic: name)
                    json.array([String]()) { $0.value($1) }
                }
            }
        }
    }

    private static func security(of route: Route) -> [String] {
        switch route.access {
        case .open: []
        case .gateway: ["bearer"]
        case .member, .permitted, .optional, .local: ["bearer", "apiKey"]
        }
    }

    private static func writeParameter(
        _ name: String, _ place: String, _ schema: Schema, _ note: String, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("name", name)
            json.field("in", place)
            json.field("required", place == "path")
            if !note.isEmpty { json.field("description", note) }
            json.key("schema")
            schema.write(to: &json)
        }
    }

    private static func writeResponses(_ route: Route, to json: inout JSONWriter) {
        for response in route.responses {
            json.key(dynamic: String(response.status))
            json.object { json in
                json.field("description", response.note)
                guard let schema = response.schema else { return }
                json.object("content") { json in
                    json.key(dynamic: response.contentType)
                    json.object { json in
                        json.key("schema")
                        schema.write(to: &json)
                    }
                }
            }
        }
    }

    private static func pathParameters(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    private static func operationID(_ route: Route, _ path: String) -> String {
        let words = path.split(separator: "/").map { String($0.filter { $0 != "{" && $0 != "}" }) }
        return ([route.method.rawValue.lowercased()] + words).joined(separator: "_")
    }
}
