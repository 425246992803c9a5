package import EdgeModel
package import HTTPTypes

/// One operation of the API, declared once: the router, the permission check and the OpenAPI
/// document are made from this value.
package struct Route: Sendable {
    package let method: HTTPRequest.Method
    /// The documented path, `{name}` for parameters; then the paths that mean the same.
    package let paths: [String]
    package let access: Access
    package let summary: String
    package private(set) var description: String
    package let parameters: [Parameter]
    package let request: Schema?
    /// The media type of the body that it takes.
    package let requestType: String
    package let responses: [Response]
    package let handler: @Sendable (Call) async throws -> Reply
    /// What it is about, for readers: API keys, Devices.
    package private(set) var resource = ""

    package enum Access: Sendable {
        /// No credential is looked at.
        case open
        /// Any valid credential of the organization in the path.
        case member
        /// One that allows this, of the organization in the path if there is one.
        case permitted(Permission)
        /// A credential is looked at when one is sent; what it is worth is the handler's business.
        case optional
        /// The device token of the gateway in the path.
        case gateway
        /// The credential of a gateway that is enrolled here.
        case enrolled
        /// Anybody on this machine; from elsewhere a credential that allows this.
        case local(Permission)
    }

    package struct Response: Sendable {
        let status: Int
        let note: String
        let schema: Schema?
        let contentType: String

        package init(
            _ status: Int, _ note: String, _ schema: Schema? = nil,
            contentType: String = "application/json"
        ) {
            self.status = status
            self.note = note
            self.schema = schema
            self.contentType = contentType
        }
    }

    package init(
        _ method: HTTPRequest.Method, _ paths: String..., access: Access, summary: String,
        description: String = "", parameters: [Parameter] = [], request: Schema? = nil,
        requestType: String = "application/json",
        responses: [Response], handler: @escaping @Sendable (Call) async throws -> Reply
    ) {
        self.method = method
        self.paths = paths
        self.access = access
        self.summary = summary
        self.description = description
        self.parameters = parameters
        self.request = request
        self.requestType = requestType
        self.responses = responses
        self.handler = handler
    }

    /// This route, said to be about `resource`.
    package func about(_ resource: String) -> Route {
        var route = self
        route.resource = resource
        return route
    }

    /// This route with `text` behind what its description says.
    package func describedFurther(_ text: String) -> Route {
        var route = self
        route.description = description.isEmpty ? text : "\(description) \(text)"
        return route
    }

    /// The documented path; what rate limits and the request log know the route by.
    package var template: String { paths.first ?? "" }
}

extension [Route] {
    /// These routes, all said to be about `resource`.
    package func about(_ resource: String) -> [Route] { map { $0.about(resource) } }
}

/// A query parameter or a request header.
package struct Parameter: Sendable {
    package enum Place: String, Sendable {
        case query, header
    }

    let name: String
    let place: Place
    let schema: Schema
    let note: String

    package init(_ name: String, _ schema: Schema, _ note: String, in place: Place = .query) {
        self.name = name
        self.schema = schema
        self.note = note
        self.place = place
    }
}
