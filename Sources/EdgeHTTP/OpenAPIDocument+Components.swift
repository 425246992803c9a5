import HTTPTypes

extension OpenAPIDocument {
    /// Names of response headers, as the components call them.
    enum Header {
        static let continuationToken = "Continuation-Token"
        static let requestID = "X-Request-Id"
        static let retryAfter = "Retry-After"
        static let everywhere = [
            requestID, "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
        ]

        static let all: [(name: String, schema: Schema, note: String)] = [
            (continuationToken, .text, "Leads to the next page; absent at the end"),
            (requestID, .characters(1...128), "The request's name: the client's own, or a new one"),
            (retryAfter, .integer(minimum: 1), "Seconds after which to try again"),
            ("X-RateLimit-Limit", .integer(minimum: 0), "Requests a second"),
            ("X-RateLimit-Remaining", .integer(minimum: 0), "Requests that may follow at once"),
            ("X-RateLimit-Reset", .integer(minimum: 0), "When it is full again, in seconds since 1970"),
        ]
    }

    func writeComponents(to json: inout JSONWriter) {
        let responses = dialects.flatMap(\.routes).flatMap(\.responses)
        json.object("schemas") { json in
            let named = namedSchemas
            for name in named.keys.sorted() {
                json.key(dynamic: name)
                named[name]?.write(to: &json)
            }
        }
        json.object("headers") { json in
            for header in Header.all {
                json.key(dynamic: header.name)
                json.object { json in
                    json.field("description", header.note)
                    json.key("schema")
                    header.schema.write(to: &json)
                }
            }
        }
        json.object("responses") { json in
            var written: Set<String> = []
            for response in responses {
                guard let component = response.component, written.insert(component).inserted else { continue }
                json.key(dynamic: component)
                json.object { response.write(headers: response.headers, to: &$0) }
            }
        }
        json.object("securitySchemes") { writeSecuritySchemes(to: &$0) }
    }

    private var namedSchemas: [String: Schema] {
        var names: [String: Schema] = [:]
        for route in dialects.flatMap(\.routes) {
            route.request?.collect(into: &names)
            for response in route.responses { response.schema?.collect(into: &names) }
            for parameter in route.parameters { parameter.schema.collect(into: &names) }
        }
        return names
    }

    private func writeSecuritySchemes(to json: inout JSONWriter) {
        let bearers = Dictionary(dialects.map { ($0.bearerScheme, $0.bearerNote) }) { first, _ in first }
        for (name, note) in bearers.sorted(by: { $0.key < $1.key }) {
            json.key(dynamic: name)
            json.object {
                $0.field("type", "http")
                $0.field("scheme", "bearer")
                $0.field("description", note)
            }
        }
        json.key(dynamic: Dialect.keyScheme)
        json.object {
            $0.field("type", "apiKey")
            $0.field("in", "header")
            $0.field("name", "X-API-Key")
            $0.field("description", "The same token in a header of its own")
        }
    }
}

extension Route.Response {
    /// Headers that this response has.
    var headers: [String] {
        OpenAPIDocument.Header.everywhere
            + (status == 429 || status >= 503 ? [OpenAPIDocument.Header.retryAfter] : [])
    }

    /// What this response is called among the components; nil when it stands where it is used.
    var component: String? {
        guard status >= 400, case .named(let name, _) = schema else { return nil }
        return "\(name)\(status)"
    }

    func write(headers: [String], to json: inout JSONWriter) {
        json.field("description", note)
        json.object("headers") { json in
            for name in headers {
                json.key(dynamic: name)
                json.object { $0.field("$ref", "#/components/headers/\(name)") }
            }
        }
        guard let schema else { return }
        json.object("content") { $0.media(contentType, schema) }
    }
}

extension JSONWriter {
    /// A media type, with the example of its shape.
    mutating func media(_ type: String, _ schema: Schema) {
        key(dynamic: type)
        object { json in
            json.key("schema")
            schema.bare.write(to: &json)
            guard let example = schema.example else { return }
            json.key("example")
            json.verbatim(Array(example.utf8))
        }
    }
}
