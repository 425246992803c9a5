package import EdgeCore
package import EdgeModel
import FoundationEssentials
package import HTTPTypes
package import NIOCore

/// A request on its way into a handler: who calls, with what.
package struct Call: Sendable {
    package let requestID: String
    /// The path as it was asked for.
    package let uriPath: String
    /// The path's parameters.
    package let path: [String: String]
    package let query: Query
    package let headers: HTTPFields
    /// The host, and the port if there is one, that the client believes to speak to.
    package let authority: String?
    /// Empty unless the route takes a body.
    package let body: ByteBuffer
    let caller: Principal?
    /// Who calls, from where.
    package let origin: Origin
    let uploader: UploadingGateway?
    let enrolled: EnrolledGateway?

    /// Nil where no credential was sent, on a route that is open to anybody.
    package var principalIfAny: Principal? { caller }

    /// The gateway that calls. Throws `unauthenticated` on a route that is not for gateways.
    package var gateway: UploadingGateway {
        get throws {
            guard let uploader else { throw EdgeError(.unauthenticated, "A device token is needed") }
            return uploader
        }
    }

    /// The enrolled gateway that calls. Throws `unauthenticated` on a route that is not for those.
    package var enrolledGateway: EnrolledGateway {
        get throws {
            guard let enrolled else {
                throw EdgeError(.unauthenticated, "The gateway's credential is needed")
            }
            return enrolled
        }
    }

    /// Throws `unauthenticated` on a route that is open to anybody.
    package var principal: Principal {
        get throws {
            guard let caller else { throw EdgeError(.unauthenticated, "Authentication is required") }
            return caller
        }
    }

    /// The organization that the path names, else the caller's.
    package var organization: OrganizationID {
        get throws {
            if let named = path["org_id"] { return OrganizationID(named) }
            return try principal.organization
        }
    }

    /// A path parameter. Throws `notFound` when it is empty.
    package func parameter(_ name: String) throws -> String {
        guard let value = path[name], !value.isEmpty else { throw EdgeError.notFound("Not found") }
        return value
    }

    /// The body as `Body`. Throws `invalid` with the place and the reason when it is not.
    package func json<Body: Decodable>(as type: Body.Type) throws -> Body {
        guard body.readableBytes > 0 else { throw EdgeError.invalid("Invalid JSON: the body is empty") }
        do {
            let bytes = Array(body.readableBytesView)
            try JSONGrammar.check(bytes)
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let fault as JSONGrammar.Fault {
            throw EdgeError(.invalid, fault.explanation, cause: fault)
        } catch let error as DecodingError {
            throw EdgeError(.invalid, error.explanation, cause: error)
        }
    }
}

extension DecodingError {
    /// The fault in words for the client: which field, what was expected.
    package var explanation: String {
        switch self {
        case .keyNotFound(let key, let context):
            return "Missing required field: \(Self.path(context.codingPath + [key]))"
        case .valueNotFound(_, let context):
            return context.codingPath.isEmpty
                ? "Invalid JSON: an object is expected"
                : "Missing required field: \(Self.path(context.codingPath))"
        case .typeMismatch(let type, let context):
            return context.codingPath.isEmpty
                ? "Invalid JSON: an object is expected"
                : "\(Self.path(context.codingPath)): \(Self.name(of: type)) is expected"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "Invalid JSON" : "\(Self.path(context.codingPath)): \(context.debugDescription)"
        @unknown default: return "Invalid JSON"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is Int.Type, is Int64.Type, is UInt64.Type, is UInt32.Type: "an integer"
        case is Double.Type: "a number"
        case is [Any].Type: "an array"
        default: "another type"
        }
    }
}
