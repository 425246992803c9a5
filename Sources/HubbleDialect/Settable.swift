/// A member of a change: not there, null, or a value.
enum Settable<Value: Decodable & Sendable>: Decodable, Sendable {
    case absent
    case null
    case value(Value)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .null : .value(try container.decode(Value.self))
    }

    /// The value; nil where it is absent or null.
    var given: Value? {
        if case .value(let value) = self { value } else { nil }
    }

    /// Nil where it is absent, a nil in it where it is null.
    var change: Value?? {
        switch self {
        case .absent: nil
        case .null: .some(nil)
        case .value(let value): .some(value)
        }
    }
}

extension KeyedDecodingContainer {
    /// What synthesized decoding calls: a member that is not there is `absent`.
    func decode<Value>(_ type: Settable<Value>.Type, forKey key: Key) throws -> Settable<Value> {
        try decodeIfPresent(type, forKey: key) ?? (contains(key) ? .null : .absent)
    }
}
