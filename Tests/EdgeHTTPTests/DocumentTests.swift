import EdgeModel
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import EdgeHTTP

/// The document and the pages, from routes that are only there to be described.
@Suite struct DocumentTests {
    private struct Document: Decodable {
        let paths: [String: [String: Operation]]
        let components: Components

        struct Operation: Decodable {
            let operationId: String
            let security: [[String: [String]]]
            let responses: [String: Response]
        }
        struct Response: Decodable {
            let reference: String?

            enum CodingKeys: String, CodingKey {
                case reference = "$ref"
            }
        }
        struct Components: Decodable {
            let schemas: [String: Shape]
            let responses: [String: Shape]
        }
        struct Shape: Decodable {}
    }

    private static let error = Schema.named("Error", .whole([.init("error", .text)]))

    private func route(_ path: String, access: Route.Access = .member, summary: String = "List the things")
        -> Route
    {
        Route(
            .get, path, "/v1\(path)", access: access, summary: summary,
            responses: [.init(200, "All", .array(.named("Thing", .text))), .init(404, "None", Self.error)]
        ) { _ in .json { $0.null() } }
    }

    private func dialect(_ name: String, slug: String?, _ routes: Route...) -> Dialect {
        Dialect(
            name: name, slug: slug, prefixes: [], routes: routes,
            limits: RateLimits(
                route: .init(perSecond: 1, capacity: 1), organization: .init(perSecond: 1, capacity: 1)),
            bearerScheme: "\(name)Bearer", errorSchema: Self.error, errorBody: { _ in JSONWriter() })
    }

    private func read(_ buffer: ByteBuffer) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(buffer.readableBytesView))
    }

    private func written(_ schema: Schema, note: String? = nil) -> String {
        var json = JSONWriter()
        schema.write(to: &json, note: note)
        return String(buffer: json.buffer)
    }

    @Test func `what is used in many places is written once`() throws {
        let document = try read(
            OpenAPIDocument([dialect("A", slug: "a", route("/x"), route("/y"))], version: "1").write())
        #expect(document.paths.count == 4)
        #expect(document.components.schemas.keys.sorted() == ["Error", "Thing"])
        #expect(document.components.responses.keys.sorted() == ["Error404"])
        for operation in document.paths.values.flatMap(\.values) {
            #expect(operation.responses["404"]?.reference == "#/components/responses/Error404")
            #expect(operation.responses["200"]?.reference == nil)
        }
    }

    @Test func `operations of one summary have names of their own`() throws {
        let document = try read(
            OpenAPIDocument([dialect("A", slug: "a", route("/x"), route("/y"))], version: "1").write())
        let names = document.paths.mapValues { $0["get"]?.operationId }
        #expect(
            names == [
                "/x": "listThings", "/v1/x": "listThingsV1", "/y": "listThings2", "/v1/y": "listThingsV12",
            ])
    }

    @Test func `what needs no credential says so, and what may do without one`() throws {
        let document = try read(
            OpenAPIDocument(
                [
                    dialect(
                        "A", slug: "a", route("/open", access: .open, summary: "One"), route("/closed"),
                        route("/local", access: .local(Permission(.metrics, .read)), summary: "Two"))
                ], version: "1"
            ).write())
        func security(_ path: String) -> [[String]]? {
            document.paths[path]?["get"]?.security.map { Array($0.keys) }
        }
        #expect(security("/open") == [])
        #expect(security("/closed") == [["ABearer"], ["ApiKeyHeader"]])
        #expect(security("/local") == [[], ["ABearer"], ["ApiKeyHeader"]])
    }

    @Test func `a view has its dialect and the system, and a name that is none is refused`() throws {
        let (one, two) = (dialect("One", slug: "one", route("/1")), dialect("Two", slug: "two", route("/2")))
        let views = OpenAPIViews(
            [one, two], everywhere: dialect("System", slug: nil, route("/s")), version: "1")
        func paths(_ slug: String?, host: String? = nil) throws -> [String] {
            try read(views.document(for: slug, host: host)).paths.keys.filter { !$0.hasPrefix("/v1") }
                .sorted()
        }
        #expect(try paths(nil) == ["/1", "/2", "/s"])
        #expect(try paths("one") == ["/1", "/s"])
        #expect(try paths(nil, host: "api.TWO.example:8080") == ["/2", "/s"])
        #expect(try paths("one", host: "two.example") == ["/1", "/s"])
        #expect(throws: EdgeError.self) { try views.document(for: "three", host: nil) }
    }

    @Test func `what is said of a reference goes around it`() {
        let named = Schema.named("Thing", .text)
        #expect(written(named) == ##"{"$ref":"#/components/schemas/Thing"}"##)
        #expect(
            written(named, note: "A thing")
                == ##"{"description":"A thing","allOf":[{"$ref":"#/components/schemas/Thing"}]}"##)
        #expect(
            written(named.example("1")) == ##"{"allOf":[{"$ref":"#/components/schemas/Thing"}],"example":1}"##
        )
    }

    @Test func `limits are in the shape`() {
        #expect(
            written(.characters(1...8, pattern: "^a+$"))
                == #"{"type":"string","minLength":1,"maxLength":8,"pattern":"^a+$"}"#)
        #expect(written(.decimal(-90...90)) == #"{"type":"number","minimum":-90.0,"maximum":90.0}"#)
        #expect(
            written(.array(.boolean, minimum: 1, maximum: 3))
                == #"{"type":"array","items":{"type":"boolean"},"minItems":1,"maxItems":3}"#)
        #expect(
            written(.nullable(.map(.integer(minimum: 0), maximum: 2)))
                == #"{"type":"object","additionalProperties":{"type":"integer","minimum":0},"#
                + #""maxProperties":2,"nullable":true}"#)
    }

    @Test func `a page is whole whatever braces are in it, with the nonce of its own answer`() throws {
        let page = WebPage(
            path: "/p", purpose: "", title: "T", style: "a { b: c } {", body: "{nonc}", script: "{nonce}{ }")
        var generator = SystemRandomNumberGenerator()
        let reply = page.reply(using: &generator)
        guard case .whole(let buffer) = reply.body else { throw EdgeError(.internal, "not whole") }
        let text = String(buffer: buffer)
        #expect(text.contains("a { b: c } {\n"))
        #expect(text.contains("{nonc}"))
        let policy = try #require(HTTPField.Name("Content-Security-Policy").flatMap { reply.headers[$0] })
        let nonce = try #require(policy.split(separator: "'nonce-").last?.prefix { $0 != "'" })
        #expect(text.components(separatedBy: nonce).count == 4)
        #expect(text.contains("\(nonce){ }"))
    }
}
