import FoundationEssentials

/// A JSON value: what a payload says, or is to say.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Nil for what is neither a number nor a boolean.
    package var asNumber: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .boolean(let flag): flag ? 1 : 0
        default: nil
        }
    }

    package var asObject: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// A number without the noise of binary fractions: 0.1 times 215 is 21.5.
    static func measured(_ number: Double) -> JSONValue {
        guard number.isFinite else { return .null }
        if number == number.rounded(), abs(number) < 9_007_199_254_740_992 { return .integer(Int64(number)) }
        let magnitude = abs(number) < 1e9 ? 1e6 : 1
        let rounded = (number * magnitude).rounded() / magnitude
        return .number(abs(rounded - number) < abs(number) * 1e-12 ? rounded : number)
    }

    /// As JSON text, members in the order of their names. Throws for a number that JSON cannot say.
    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Nil for what is not JSON.
    package init?(text: String) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = value
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let flag): try value.encode(flag)
        case .integer(let number): try value.encode(number)
        case .number(let number): try value.encode(number)
        case .string(let text): try value.encode(text)
        case .array(let list): try value.encode(list)
        case .object(let members): try value.encode(members)
        }
    }
}
