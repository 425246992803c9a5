import HTTPTypes

extension OpenAPIDocument {
    /// One route at one of its paths.
    struct Operation {
        let route: Route
        let path: String
        let dialect: Dialect
        let identifier: String

        func write(to json: inout JSONWriter) {
            json.key(dynamic: route.method.rawValue.lowercased())
            json.object { json in
                json.array("tags", [dialect.name] + (route.resource.isEmpty ? [] : [route.resource])) {
                    $0.value($1)
                }
                json.field("summary", route.summary)
                if !route.description.isEmpty { json.field("description", route.description) }
                json.field("operationId", identifier)
                // Another path of the operation that stands at this one.
                if path != route.template { json.field("x-alias-of", route.template) }
                json.key("parameters")
                json.open("[")
                for name in pathParameters { Self.pathParameter(name).write(in: "path", to: &json) }
                for parameter in route.parameters {
                    parameter.write(in: parameter.place.rawValue, to: &json)
                }
                json.close("]")
                if let request = route.request { Self.write(request, as: route.requestType, to: &json) }
                json.object("responses") { json in
                    for response in route.responses { write(response, to: &json) }
                }
                writeSecurity(to: &json)
            }
        }

        private static func write(_ request: Schema, as type: String, to json: inout JSONWriter) {
            json.object("requestBody") { json in
                json.field("required", true)
                json.object("content") { $0.media(type, request) }
            }
        }

        private func writeSecurity(to json: inout JSONWriter) {
            json.array("security", schemes) { json, name in
                json.object { json in
                    guard !name.isEmpty else { return }
                    json.key(dynamic: name)
                    json.array([String]()) { $0.value($1) }
                }
            }
        }

        /// The names of the security schemes that will do; an empty one for none at all.
        private var schemes: [String] {
            switch route.access {
            case .open: []
            case .member, .permitted: [dialect.bearerScheme, Dialect.keyScheme]
            case .gateway, .enrolled: [dialect.bearerScheme]
            case .local, .optional: ["", dialect.bearerScheme, Dialect.keyScheme]
            }
        }

        private func write(_ response: Route.Response, to json: inout JSONWriter) {
            json.key(dynamic: String(response.status))
            json.object { json in
                if let component = response.component {
                    json.field("$ref", "#/components/responses/\(component)")
                } else {
                    response.write(headers: headers(of: response), to: &json)
                }
            }
        }

        private func headers(of response: Route.Response) -> [String] {
            let isList = route.parameters.contains { $0.name == Header.continuationToken }
            return response.headers + (isList && response.status < 300 ? [Header.continuationToken] : [])
        }

        private var pathParameters: [String] {
            path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        }

        private static func pathParameter(_ name: String) -> Parameter {
            let schema = Schema.characters(1...255)
            return name == "org_id"
                ? Parameter(
                    name, schema.example(#""7db20441-a04c-49ba-8089-1197b3a66a4b""#), "The organization")
                : Parameter(name, schema, "")
        }

        /// The words of the summary as one, with the version of the path where it is an alias.
        static func identifier(of route: Route, at path: String) -> String {
            let words = route.summary.split { !$0.isLetter && !$0.isNumber }
                .filter { !["a", "an", "the"].contains($0.lowercased()) }
            let name = words.enumerated().map { $0 == 0 ? $1.lowercased() : $1.capitalized }.joined()
            guard path != route.template else { return name }
            return name + (path.split(separator: "/").first?.capitalized ?? "")
        }
    }
}

extension Substring {
    /// With a large first letter; the others as they are.
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}

extension Parameter {
    fileprivate func write(in place: String, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("in", place)
            json.field("required", place == "path")
            if !note.isEmpty { json.field("description", note) }
            json.key("schema")
            schema.write(to: &json)
        }
    }
}
