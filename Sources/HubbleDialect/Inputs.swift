import EdgeCore
import EdgeHTTP
import EdgeModel
import FoundationEssentials
import PayloadCodecs

/// A time in a body: any of the forms of `TimeText`, or a number of seconds since 1970.
struct TimeInput: Decodable {
    let time: Timestamp

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        let text: String
        if let number = try? value.decode(Double.self) {
            guard abs(number) <= 253_402_300_799 else { throw Self.refusal(decoder) }
            time = Timestamp(microseconds: Int64((number * 1_000_000).rounded()))
            return
        }
        text = try value.decode(String.self)
        guard let parsed = TimeText.parse(text) else { throw Self.refusal(decoder) }
        time = parsed
    }

    private static func refusal(_ decoder: any Decoder) -> DecodingError {
        .dataCorrupted(
            .init(
                codingPath: decoder.codingPath,
                debugDescription: "a time such as 2024-01-15T10:30:00Z is expected"))
    }

    static func epoch(_ seconds: Int64, _ field: String) throws -> Timestamp {
        guard (0...253_402_300_799).contains(seconds) else {
            throw EdgeError.invalid("\(field): seconds since 1970 are expected")
        }
        return Timestamp(seconds: seconds)
    }
}

extension JSONValue {
    /// The text of an object, at most 4 KiB; nil for null.
    func objectText(_ field: String) throws -> String? {
        switch self {
        case .null: return nil
        case .object:
            let text = try text()
            guard text.utf8.count <= 4_096 else {
                throw EdgeError.invalid("\(field) has more than 4096 bytes")
            }
            return text
        default: throw EdgeError.invalid("\(field): an object is expected")
        }
    }
}

/// Shapes of what a device is given.
enum DeviceInputs {
    static let name = Schema.characters(1...DeviceRules.nameLimit)
    static let eui = Schema.characters(16...23, pattern: "^([0-9A-Fa-f]{2}[:-]?){7}[0-9A-Fa-f]{2}$")
    /// Base64 of the bytes that a key may have.
    static let key = Schema.characters(4...(DeviceRules.keyLengths.upperBound + 2) / 3 * 4)
}

/// Tags in a body: an object of names and values, or an array of such objects, one for each device.
///
/// Numbers and booleans become their JSON text; null removes where tags are merged.
enum TagsInput: Decodable {
    case one([String: String?])
    case each([[String: String?]])

    /// Custom tags, and the platform's.
    static let schema = Schema.map(
        .nullable(.characters(0...DeviceRules.tagValueLimit)), maximum: DeviceRules.customTagLimit + 1)

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var all: [[String: String?]] = []
            while !list.isAtEnd { all.append(try list.decode([String: TagValue].self).mapValues(\.text)) }
            self = .each(all)
        } else {
            let members = try decoder.singleValueContainer().decode([String: TagValue].self)
            self = .one(members.mapValues(\.text))
        }
    }

    private struct TagValue: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                text = nil
            } else if let string = try? value.decode(String.self) {
                text = string
            } else if let flag = try? value.decode(Bool.self) {
                text = flag ? "true" : "false"
            } else if let number = try? value.decode(Int64.self) {
                text = String(number)
            } else if let number = try? value.decode(Double.self) {
                text = number.description
            } else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "a string is expected"))
            }
        }
    }

    /// The tags of one device. Throws `invalid` for an array.
    func single() throws -> [String: String?] {
        guard case .one(let tags) = self else { throw EdgeError.invalid("tags: an object is expected") }
        return tags
    }
}
