package import HTTPTypes
package import NIOCore

/// What a handler answers.
package struct Reply: Sendable {
    package var status: Int
    package var headers: HTTPFields
    let body: Body

    enum Body: Sendable {
        case whole(ByteBuffer)
        /// Written in pieces, so that a long answer is never in memory as a whole.
        case pieces(@Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void)
    }

    /// JSON, written by `body`; `size` is about how many bytes it will be.
    package static func json(
        _ status: Int = 200, headers: HTTPFields = [:], size: Int = 1_024, _ body: (inout JSONWriter) -> Void
    ) -> Reply {
        var json = JSONWriter(reserving: size)
        body(&json)
        return Reply(
            status: status, headers: headers.typed("application/json; charset=utf-8"),
            body: .whole(json.buffer))
    }

    /// JSON that is written in pieces.
    package static func pieces(
        _ status: Int = 200, headers: HTTPFields = [:],
        _ body: @escaping @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void
    ) -> Reply {
        Reply(status: status, headers: headers.typed("application/json; charset=utf-8"), body: .pieces(body))
    }

    /// Something else than JSON, written in pieces.
    package static func pieces(
        contentType: String, headers: HTTPFields = [:],
        _ body: @escaping @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void
    ) -> Reply {
        Reply(status: 200, headers: headers.typed(contentType), body: .pieces(body))
    }

    package static func bytes(_ buffer: ByteBuffer, contentType: String) -> Reply {
        Reply(status: 200, headers: HTTPFields().typed(contentType), body: .whole(buffer))
    }
}

extension HTTPFields {
    fileprivate func typed(_ contentType: String) -> HTTPFields {
        var fields = self
        fields[.contentType] = contentType
        return fields
    }
}
