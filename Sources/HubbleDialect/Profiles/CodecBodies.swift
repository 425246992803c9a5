import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import PayloadCodecs

/// What a client sends to make or to change a codec.
struct CodecBody: Decodable, Sendable {
    let name: String?
    let kind: String?
    let source: String?
    let fields: JSONValue?

    static let properties: [Schema.Property] = [
        .init("name", .characters(1...CodecRules.nameLimit)),
        .init("kind", .string(values: Codec.Kind.allCases.map(\.rawValue))),
        .init("source", .characters(0...CodecRules.sourceLimit), "JavaScript, TS013 or Decoder(bytes, port)"),
        .init("fields", .array(.map(.any), maximum: 100), "Of a layout"),
    ]
    static let createSchema = Schema.object(properties, required: ["name", "kind"])
    static let updateSchema = Schema.object(properties)

    func makeKind() throws -> Codec.Kind? {
        guard let kind else { return nil }
        guard let known = Codec.Kind(rawValue: kind) else {
            let kinds = Codec.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw EdgeError.invalid("kind: one of \(kinds) is expected")
        }
        return known
    }

    /// What is stored as the source; nil where neither member is there.
    func makeSource() throws -> String? {
        guard let fields else { return source }
        guard source == nil else { throw EdgeError.invalid("source and fields: one of them is expected") }
        return try JSONValue.object(["fields": fields]).text()
    }

    func apply(to codec: inout Codec) throws {
        codec.name = name ?? codec.name
        if let kind = try makeKind(), kind != codec.kind {
            codec.kind = kind
            codec.source = ""
        }
        codec.source = try makeSource() ?? codec.source
    }
}

/// A codec as it is shown.
struct CodecView {
    let codec: Codec
    let isParked: Bool

    static let item = Schema.named(
        "Codec",
        .whole([
            .init("id", .text), .init("name", .text),
            .init("kind", .string(values: Codec.Kind.allCases.map(\.rawValue))),
            .init("source", .nullable(.text)), .init("fields", .nullable(.array(.map(.any)))),
            .init("revision", .integer(minimum: 1), "Raised when kind or source change"),
            .init("status", .string(values: ["active", "parked"]), "parked: it ended its worker too often"),
            .init("created_at", .time), .init("updated_at", .time),
        ]))
    static let schema = Schema.whole([.init("codec", item)])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("codec") { writeMembers(to: &$0) }
        }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", codec.id.rawValue)
        json.field("name", codec.name)
        json.field("kind", codec.kind.rawValue)
        json.field("source", codec.kind == .javaScript ? codec.source : nil)
        json.key("fields")
        if let fields = layoutFields { json.verbatim(fields) } else { json.null() }
        json.field("revision", codec.revision)
        json.field("status", isParked ? "parked" : "active")
        json.field("created_at", codec.createdAt)
        json.field("updated_at", codec.updatedAt)
    }

    private var layoutFields: [UInt8]? {
        guard codec.kind == .layout,
            let fields = JSONValue(text: codec.source)?.asObject?["fields"], let text = try? fields.text()
        else { return nil }
        return Array(text.utf8)
    }
}

/// A payload to try.
struct PayloadBody: Decodable {
    let payload: String
    let fPort: Int?

    enum CodingKeys: String, CodingKey {
        case payload
        case fPort = "f_port"
    }

    static let schema = Schema.object(
        [
            .init("payload", .characters(0...(CodecRules.payloadLimit + 2) / 3 * 4), "Base64"),
            .init("f_port", .nullable(.integer(minimum: 0, maximum: 255))),
        ], required: ["payload"])

    func input(at now: Timestamp) throws -> PayloadInput {
        guard let bytes = Data(base64Encoded: payload) else {
            throw EdgeError.invalid("payload: Base64 is expected")
        }
        return PayloadInput(bytes: Array(bytes), fPort: try Self.port(fPort), receivedAt: now)
    }

    static func port(_ number: Int?) throws -> UInt8? {
        guard let number else { return nil }
        guard let port = UInt8(exactly: number) else {
            throw EdgeError.invalid("f_port: 0 to 255 is expected")
        }
        return port
    }
}

/// How many packets to decode again.
struct RedecodeBody: Decodable {
    let limit: Int?
}

/// Values to make a payload of.
struct ValuesBody: Decodable {
    let data: JSONValue
    let fPort: Int?

    enum CodingKeys: String, CodingKey {
        case data
        case fPort = "f_port"
    }

    static let schema = Schema.object(
        [.init("data", .map(.any)), .init("f_port", .nullable(.integer(minimum: 0, maximum: 255)))],
        required: ["data"])

    var text: String {
        get throws {
            guard case .object = data else { throw EdgeError.invalid("data: an object is expected") }
            return try data.text()
        }
    }
}

/// What a codec made of a payload.
struct DecodingView {
    let decoding: Decoding

    /// Of a packet: there where its device has a codec.
    static let properties: [Schema.Property] = [
        .init("decoded", .nullable(.map(.any)), "What the device's codec made of the payload"),
        .init("decoded_warnings", .array(.text, maximum: Decoding.messageLimit)),
        .init("decoded_errors", .array(.text, maximum: Decoding.messageLimit)),
    ]
    static let schema = Schema.whole(properties)

    func writeMembers(to json: inout JSONWriter) {
        json.key("decoded")
        if let data = decoding.data { json.verbatim(Array(data.utf8)) } else { json.null() }
        json.array("decoded_warnings", decoding.warnings) { $0.value($1) }
        json.array("decoded_errors", decoding.errors) { $0.value($1) }
    }
}
