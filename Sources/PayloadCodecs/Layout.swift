import FoundationEssentials

/// A payload described field by field.
///
/// `{"fields": [{"name": "temperature", "type": "int", "offset": 1, "bits": 16, "scale": 0.1,
/// "unit": "°C", "f_port": [1]}]}`. A payload has the fields whose `f_port` it came on; one without
/// `f_port` is in all of them.
package struct Layout: Sendable, Decodable {
    package static let fieldLimit = 100
    package static let nameLimit = 64
    /// The longest payload of any region.
    package static let payloadLimit = 255

    let fields: [Field]

    /// Throws with the place and the reason for a layout that cannot be used.
    package init(json text: String) throws(CodecFault) {
        do {
            self = try JSONDecoder().decode(Layout.self, from: Data(text.utf8))
        } catch let fault as CodecFault {
            throw fault
        } catch let error as DecodingError {
            throw CodecFault(Self.explanation(error))
        } catch {
            throw CodecFault("the layout is not JSON")
        }
        guard (1...Self.fieldLimit).contains(fields.count) else {
            throw CodecFault("fields: 1 to \(Self.fieldLimit) are expected")
        }
        for field in fields { try field.check() }
    }

    private static func explanation(_ error: DecodingError) -> String {
        let (context, missing): (DecodingError.Context, String?) =
            switch error {
            case .keyNotFound(let key, let context): (context, key.stringValue)
            case .typeMismatch(_, let context), .valueNotFound(_, let context): (context, nil)
            case .dataCorrupted(let context): (context, nil)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), nil)
            }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        let place = path.isEmpty ? "the layout" : String(path.drop { $0 == "." })
        return missing.map { "\(place): \($0) is missing" } ?? "\(place) is not what is expected there"
    }

    /// One named value.
    package struct Field: Sendable {
        enum Kind: String, Decodable, CaseIterable {
            case unsigned = "uint"
            case signed = "int"
            case float, bool, bytes, text
        }

        let name: String
        let kind: Kind
        /// Of its first byte.
        let offset: Int
        /// Within that byte, 0 for the most significant.
        let bit: Int
        let bits: Int
        let isLittleEndian: Bool
        let scale: Double
        let add: Double
        let unit: String?
        /// Empty for any.
        let ports: [Int]
        /// Words for some values.
        let words: [String: String]
        /// May be missing at the end of the payload.
        let isOptional: Bool

        var start: Int { offset * 8 + bit }
    }
}

extension Layout.Field: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name, type, offset, bit, bits, endian, scale, add, unit, values, optional
        case ports = "f_port"
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decode(String.self, forKey: .name)
        let type = try fields.decodeIfPresent(String.self, forKey: .type) ?? Kind.unsigned.rawValue
        guard let kind = Kind(rawValue: type) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw CodecFault("\(name).type: one of \(kinds) is expected")
        }
        self.kind = kind
        offset = try fields.decode(Int.self, forKey: .offset)
        bit = try fields.decodeIfPresent(Int.self, forKey: .bit) ?? 0
        bits =
            try fields.decodeIfPresent(Int.self, forKey: .bits)
            ?? (kind == .bool ? 1 : kind == .float ? 32 : 8)
        let endian = try fields.decodeIfPresent(String.self, forKey: .endian) ?? "big"
        guard endian == "big" || endian == "little" else {
            throw CodecFault("\(name).endian: big or little is expected")
        }
        isLittleEndian = endian == "little"
        scale = try fields.decodeIfPresent(Double.self, forKey: .scale) ?? 1
        add = try fields.decodeIfPresent(Double.self, forKey: .add) ?? 0
        unit = try fields.decodeIfPresent(String.self, forKey: .unit)
        words = try fields.decodeIfPresent([String: String].self, forKey: .values) ?? [:]
        isOptional = try fields.decodeIfPresent(Bool.self, forKey: .optional) ?? false
        if let port = try? fields.decode(Int.self, forKey: .ports) {
            ports = [port]
        } else {
            ports = try fields.decodeIfPresent([Int].self, forKey: .ports) ?? []
        }
    }

    func check() throws(CodecFault) {
        guard (1...Layout.nameLimit).contains(name.unicodeScalars.count), name != Layout.unitsMember,
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else {
            throw CodecFault("fields: a name of 1 to \(Layout.nameLimit) characters is expected")
        }
        guard (0..<Layout.payloadLimit).contains(offset), (0...7).contains(bit) else {
            throw CodecFault(
                "\(name): an offset below \(Layout.payloadLimit) and a bit of 0 to 7 are expected")
        }
        let isText = kind == .bytes || kind == .text
        let allowed: ClosedRange<Int> = isText ? 8...Layout.payloadLimit * 8 : kind == .bool ? 1...1 : 1...64
        guard allowed.contains(bits), start + bits <= Layout.payloadLimit * 8 else {
            throw CodecFault("\(name).bits: \(allowed.lowerBound) to \(allowed.upperBound) are expected")
        }
        if kind == .float, bits != 32, bits != 64 { throw CodecFault("\(name).bits: 32 or 64 for a float") }
        if isText, bits % 8 != 0 || bit != 0 { throw CodecFault("\(name): whole bytes are expected") }
        if isLittleEndian, bits % 8 != 0 {
            throw CodecFault("\(name): little endian takes a multiple of 8 bits")
        }
        guard scale.isFinite, scale != 0, add.isFinite else {
            throw CodecFault("\(name).scale: a number other than 0 is expected")
        }
        guard words.count <= 256, ports.count <= 32, ports.allSatisfy((0...255).contains) else {
            throw CodecFault("\(name): at most 256 values and 32 ports are expected")
        }
        guard (unit?.unicodeScalars.count ?? 0) <= 16, words.values.allSatisfy({ $0.utf8.count <= 64 }) else {
            throw CodecFault("\(name): a unit has at most 16 characters, a value 64 bytes")
        }
    }
}
