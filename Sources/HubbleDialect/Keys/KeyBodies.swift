import EdgeCore
import EdgeHTTP
import EdgeModel
import PayloadCodecs

/// What a client sends to create a key.
struct CreateKeyBody: Decodable {
    let name: String?
    let scopes: [String]?
    let expiresAt: TimeInput?
    let expiresAtSeconds: Int64?
    let metadata: JSONValue?

    enum CodingKeys: String, CodingKey {
        case name, scopes, metadata
        case expiresAt = "expires_at"
        case expiresAtSeconds = "expires_at_seconds"
    }

    static let schema = Schema.object([
        .init("name", .characters(1...APIKeys.nameLimit)), .init("scopes", .array(.text, maximum: 64)),
        .init("expires_at", .nullable(.time)),
        .init("expires_at_seconds", .integer(minimum: 0), "0 for never"),
        .init("metadata", .nullable(.map(.any)), "At most 4096 bytes"),
    ])

    /// The official clients name no scopes for all of them, spell them their way, and give the
    /// expiry in seconds.
    var isOfficial: Bool {
        expiresAtSeconds != nil || (name == nil && scopes == nil)
            || scopes?.contains { Scope.named($0)?.officialName == $0 } == true
    }

    var request: APIKeys.Request {
        get throws {
            if !isOfficial {
                guard name != nil else { throw EdgeError.invalid("Missing required field: name") }
                guard scopes != nil else { throw EdgeError.invalid("Missing required field: scopes") }
            }
            var expiry = expiresAt?.time
            if let seconds = expiresAtSeconds, seconds != 0 {
                expiry = try TimeInput.epoch(seconds, "expires_at_seconds")
            }
            return APIKeys.Request(
                name: name ?? "API key", scopes: scopes, expiresAt: expiry,
                metadata: try metadata?.objectText("metadata"))
        }
    }
}

/// What a client sends to change a key.
struct UpdateKeyBody: Decodable {
    let name: String?
    let setName: String?
    let setScopes: [String]?
    let setExpiresAtSeconds: Int64?
    let expiresAt: TimeInput?
    let metadata: JSONValue?
    private let clearsExpiry: Bool
    private let hasScopes: Bool

    enum CodingKeys: String, CodingKey {
        case name, scopes, metadata
        case setName = "set_name"
        case setScopes = "set_scopes"
        case setExpiresAtSeconds = "set_expires_at_seconds"
        case expiresAt = "expires_at"
    }

    static let schema = Schema.object([
        .init("name", .characters(1...APIKeys.nameLimit)), .init("expires_at", .nullable(.time)),
        .init("metadata", .nullable(.map(.any)), "At most 4096 bytes"),
        .init("set_name", .characters(1...APIKeys.nameLimit)),
        .init("set_scopes", .array(.text, maximum: 64)),
        .init("set_expires_at_seconds", .integer(minimum: 0), "0 for never"),
    ])

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decodeIfPresent(String.self, forKey: .name)
        setName = try fields.decodeIfPresent(String.self, forKey: .setName)
        setScopes = try fields.decodeIfPresent([String].self, forKey: .setScopes)
        setExpiresAtSeconds = try fields.decodeIfPresent(Int64.self, forKey: .setExpiresAtSeconds)
        expiresAt = try fields.decodeIfPresent(TimeInput.self, forKey: .expiresAt)
        metadata = try fields.decodeIfPresent(JSONValue.self, forKey: .metadata)
        clearsExpiry = try fields.contains(.expiresAt) && fields.decodeNil(forKey: .expiresAt)
        hasScopes = fields.contains(.scopes)
    }

    func change() throws -> APIKeys.Change {
        guard !hasScopes else { throw EdgeError.invalid("Scopes cannot be changed; create a new key") }
        var change = APIKeys.Change()
        change.name = setName ?? name
        change.scopes = setScopes
        if let time = expiresAt?.time { change.expiresAt = .some(time) }
        if clearsExpiry { change.expiresAt = .some(nil) }
        if let seconds = setExpiresAtSeconds {
            change.expiresAt = .some(
                seconds == 0 ? nil : try TimeInput.epoch(seconds, "set_expires_at_seconds"))
        }
        if let metadata { change.metadata = .some(try metadata.objectText("metadata")) }
        return change
    }
}

/// A key as it is shown; the token only once.
struct KeyView {
    let key: APIKey
    let token: String?
    let shape: Shape

    static let schema = Schema.named("APIKey", members)
    private static let members = Schema.object(
        [
            .init("key_id", .text), .init("name", .text), .init("token", .text, "At creation only"),
            .init("scopes", .array(.text)), .init("created_at", .oneOf([.time, .integer()])),
            .init("updated_at", .oneOf([.time, .integer()])), .init("last_used_at", .nullable(.any)),
            .init("expires_at", .nullable(.any)), .init("key_name", .text), .init("key", .text),
            .init("expires_at_seconds", .integer(minimum: 0)),
        ], required: ["key_id", "name", "scopes", "created_at"])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("key_id", key.id.rawValue)
            json.field("name", key.name)
            if let token { json.field("token", token) }
            json.array("scopes", key.scopes) { $0.value($1) }
            json.field("created_at", key.createdAt, shape)
            json.field("updated_at", key.updatedAt, shape)
            json.field("last_used_at", key.lastUsedAt, shape)
            json.field("expires_at", key.expiresAt, shape)
            json.field("key_name", key.name)
            if let token { json.field("key", token) }
            json.field("expires_at_seconds", key.expiresAt?.wholeSeconds ?? 0)
        }
    }
}
