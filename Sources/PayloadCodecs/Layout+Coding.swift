extension Layout {
    /// The member that has the units of the others, where there are any.
    static let unitsMember = "units"

    private func fields(on port: UInt8?) -> [Field] {
        fields.filter { field in field.ports.isEmpty || port.map { field.ports.contains(Int($0)) } ?? false }
    }

    /// All fields of the port that the payload is long enough for; an error for each that it is not.
    package func decode(_ payload: [UInt8], port: UInt8?) -> DecodedPayload {
        var decoded = DecodedPayload()
        var units: [String: JSONValue] = [:]
        let wanted = fields(on: port)
        if wanted.isEmpty { decoded.errors.append("no field is on port \(port.map(String.init) ?? "none")") }
        for field in wanted {
            guard let value = field.value(in: payload) else {
                if !field.isOptional { decoded.errors.append("the payload is too short for \(field.name)") }
                continue
            }
            decoded.members[field.name] = value
            if let unit = field.unit { units[field.name] = .string(unit) }
        }
        if !units.isEmpty { decoded.members[Self.unitsMember] = .object(units) }
        return decoded
    }

    /// The payload that `decode` makes these members of. Throws for a member that is missing, unknown or
    /// does not fit.
    package func encode(_ members: [String: JSONValue], port: UInt8?) throws(CodecFault) -> [UInt8] {
        var payload: [UInt8] = []
        let wanted = fields(on: port)
        let known = Set(wanted.map(\.name) + [Self.unitsMember])
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw CodecFault("\(stranger) is no field of the layout on this port")
        }
        for field in wanted {
            guard let value = members[field.name] else {
                if field.isOptional { continue }
                throw CodecFault("\(field.name) is missing")
            }
            try field.write(value, to: &payload)
        }
        return payload
    }
}

extension Layout.Field {
    fileprivate func value(in payload: [UInt8]) -> JSONValue? {
        if kind == .bytes || kind == .text {
            guard offset + bits / 8 <= payload.count else { return nil }
            let bytes = payload[offset..<offset + bits / 8]
            guard kind == .text else { return .string(Self.hexadecimal(bytes)) }
            return .string(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
        guard var raw = BitField.read(payload, from: start, bits: bits) else { return nil }
        if isLittleEndian { raw = BitField.swapped(raw, bits: bits) }
        switch kind {
        case .bool: return .boolean(raw != 0)
        case .float:
            let number =
                bits == 64
                ? Double(bitPattern: raw)
                : Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
            return .measured(number * scale + add)
        case .unsigned, .signed, .bytes, .text:
            let number = BitField.integer(raw, bits: bits, isSigned: kind == .signed)
            if let whole = Int64(exactly: number), let word = words[String(whole)] { return .string(word) }
            return .measured(number * scale + add)
        }
    }

    fileprivate func write(_ value: JSONValue, to payload: inout [UInt8]) throws(CodecFault) {
        if kind == .bytes || kind == .text { return try writeBytes(value, to: &payload) }
        var raw: UInt64
        switch kind {
        case .bool: raw = value.asNumber == 0 ? 0 : 1
        case .float:
            let number = (try number(value) - add) / scale
            raw = bits == 64 ? number.bitPattern : UInt64(Float(number).bitPattern)
        case .unsigned, .signed, .bytes, .text:
            raw = try BitField.raw(try unscaled(value), bits: bits, isSigned: kind == .signed, name)
        }
        if isLittleEndian { raw = BitField.swapped(raw, bits: bits) }
        BitField.write(raw, to: &payload, from: start, bits: bits)
    }

    private func unscaled(_ value: JSONValue) throws(CodecFault) -> Double {
        if case .string(let word) = value, let key = words.first(where: { $0.value == word })?.key,
            let number = Double(key)
        {
            return number
        }
        return (try number(value) - add) / scale
    }

    private func number(_ value: JSONValue) throws(CodecFault) -> Double {
        guard let number = value.asNumber else { throw CodecFault("\(name): a number is expected") }
        return number
    }

    private func writeBytes(_ value: JSONValue, to payload: inout [UInt8]) throws(CodecFault) {
        guard case .string(let text) = value else { throw CodecFault("\(name): a text is expected") }
        let bytes: [UInt8]
        if kind == .text {
            bytes = Array(text.utf8)
        } else {
            guard let digits = Self.bytes(ofHexadecimal: text) else {
                throw CodecFault("\(name): hexadecimal digits are expected")
            }
            bytes = digits
        }
        guard bytes.count <= bits / 8 else { throw CodecFault("\(name): at most \(bits / 8) bytes fit") }
        let end = offset + bits / 8
        if payload.count < end { payload += Array(repeating: 0, count: end - payload.count) }
        for (index, byte) in bytes.enumerated() { payload[offset + index] = byte }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        let digits = text.compactMap { $0.hexDigitValue }
        guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
