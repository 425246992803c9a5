import EdgeModel
import HTTPTypes
import NIOCore
import Synchronization

/// The document of the API, a view of it for each dialect, and two pages that show them.
struct DocumentRoutes {
    /// Nil while these routes are only described.
    let documents: OpenAPIViews?
    let dialects: [Dialect]
    let refusals: SystemRoutes.Refusals

    init(documents: OpenAPIViews?, _ dialects: [Dialect], _ refusals: @escaping SystemRoutes.Refusals) {
        self.documents = documents
        self.dialects = dialects
        self.refusals = refusals
    }

    var routes: [Route] {
        ([document] + slugs.map(view) + [page(.docs), page(.redoc)]).about("Documentation")
    }

    private var slugs: [String] { dialects.compactMap(\.slug) }

    private static let documentSchema = Schema.object(
        [
            .init("openapi", .string(values: ["3.0.3"])), .init("info", .map(.any)),
            .init("paths", .map(.any)), .init("components", .map(.any)),
        ], required: ["openapi", "info", "paths", "components"])

    private var document: Route {
        Route(
            .get, "/openapi.json", access: .open, summary: "Describe this API",
            description:
                "All of it, or one dialect: the one that is asked for, else the one in the host's name.",
            parameters: [Parameter("dialect", .string(values: slugs), "Only this one")],
            responses: [.init(200, "An OpenAPI 3.0.3 document", Self.documentSchema)] + refusals([400])
        ) { [documents] call in
            try .document(documents?.document(for: call.query["dialect"], host: call.authority))
        }
    }

    private func view(of slug: String) -> Route {
        Route(
            .get, "/openapi/\(slug).json", access: .open, summary: "Describe the \(slug) dialect",
            responses: [.init(200, "An OpenAPI 3.0.3 document", Self.documentSchema)] + refusals([400])
        ) { [documents] _ in try .document(documents?.document(for: slug, host: nil)) }
    }

    private func page(_ page: WebPage) -> Route {
        Route(
            .get, page.path, access: .open, summary: page.purpose,
            responses: [
                .init(200, "A page that needs nothing from elsewhere", .text, contentType: "text/html")
            ]
                + refusals([400])
        ) { _ in
            var generator = SystemRandomNumberGenerator()
            return page.reply(using: &generator)
        }
    }
}

/// The documents. Each is written when it is first asked for, and kept: there are megabytes of them, and
/// most gateways are never asked.
final class OpenAPIViews: Sendable {
    private let dialects: [Dialect]
    private let system: Dialect
    private let version: String
    /// By slug; nil is the whole.
    private let written = Mutex<[String?: ByteBuffer]>([:])

    /// `system` stands in every view.
    init(_ dialects: [Dialect], everywhere system: Dialect, version: String) {
        self.dialects = dialects
        self.system = system
        self.version = version
    }

    /// The view of the dialect that is named, else of the one that the host's name has in it, else
    /// everything. Throws `invalid` for a name that is none.
    func document(for slug: String?, host: String?) throws -> ByteBuffer {
        guard let slug, !slug.isEmpty else {
            let host = host?.lowercased() ?? ""
            return document(of: dialects.first { $0.slug.map(host.contains) ?? false })
        }
        guard let dialect = dialects.first(where: { $0.slug == slug.lowercased() }) else {
            let slugs = dialects.compactMap(\.slug).sorted().joined(separator: ", ")
            throw EdgeError.invalid("dialect: one of \(slugs) is expected")
        }
        return document(of: dialect)
    }

    /// Of one dialect; of all for nil.
    private func document(of dialect: Dialect?) -> ByteBuffer {
        written.withLock { written in
            if let document = written[dialect?.slug] { return document }
            let described = dialect.map { [$0] } ?? dialects
            let document = OpenAPIDocument(described + [system], version: version).write()
            written[dialect?.slug] = document
            return document
        }
    }
}

extension Reply {
    fileprivate static func document(_ document: ByteBuffer?) throws -> Reply {
        guard let document else { throw EdgeError(.unavailable, "There is no document yet") }
        return .bytes(document, contentType: "application/json; charset=utf-8")
    }
}
