/// Cayenne Low Power Payload: a row of channel, type and value, most significant byte first.
///
/// A value is a member `type_channel`, such as `temperature_3`; a type of several parts is an object.
package enum CayenneLPP {
    /// What was understood up to the first fault.
    package static func decode(_ payload: [UInt8]) -> DecodedPayload {
        var decoded = DecodedPayload()
        var rest = payload[...]
        while let channel = rest.popFirst() {
            // Some devices fill up with zeros.
            if channel == 0, rest.allSatisfy({ $0 == 0 }), rest.count < 2 || !decoded.members.isEmpty {
                break
            }
            guard let number = rest.popFirst() else {
                decoded.errors.append("channel \(channel) has no type")
                break
            }
            guard let type = CayenneType.byNumber[number] else {
                decoded.errors.append("channel \(channel) has the unknown type \(number)")
                break
            }
            guard rest.count >= type.length else {
                decoded.errors.append("channel \(channel), \(type.name): \(type.length) bytes are expected")
                break
            }
            decoded.members["\(type.name)_\(channel)"] = value(of: type, taking: &rest)
        }
        return decoded
    }

    private static func value(of type: CayenneType, taking rest: inout ArraySlice<UInt8>) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for part in type.parts {
            let raw = BitField.integer(
                rest.prefix(part.bytes).reduce(0) { $0 << 8 | UInt64($1) }, bits: part.bytes * 8,
                isSigned: part.isSigned)
            rest = rest.dropFirst(part.bytes)
            let value = JSONValue.measured(raw / part.divisor)
            guard let name = part.name else { return value }
            members[name] = value
        }
        return .object(members)
    }

    /// In the order of channels, then types. Throws for a member that is none of Cayenne's, or a value
    /// that does not fit.
    package static func encode(_ members: [String: JSONValue]) throws(CodecFault) -> [UInt8] {
        var entries: [(channel: UInt8, type: CayenneType, value: JSONValue)] = []
        for (name, value) in members {
            guard let mark = name.lastIndex(of: "_"), let channel = UInt8(name[name.index(after: mark)...]),
                let type = CayenneType.byName[String(name[..<mark])]
            else { throw CodecFault("\(name) is no value of Cayenne LPP") }
            entries.append((channel, type, value))
        }
        entries.sort { ($0.channel, $0.type.number) < ($1.channel, $1.type.number) }
        var payload: [UInt8] = []
        for entry in entries {
            payload += [entry.channel, entry.type.number]
            try append(entry.value, of: entry.type, channel: entry.channel, to: &payload)
        }
        return payload
    }

    private static func append(
        _ value: JSONValue, of type: CayenneType, channel: UInt8, to payload: inout [UInt8]
    ) throws(CodecFault) {
        for part in type.parts {
            let given = part.name.map { value.asObject?[$0] ?? .null } ?? value
            let name = "\(type.name)_\(channel)" + (part.name.map { ".\($0)" } ?? "")
            guard let number = given.asNumber else { throw CodecFault("\(name): a number is expected") }
            let raw = try BitField.raw(
                number * part.divisor, bits: part.bytes * 8, isSigned: part.isSigned, name)
            for shift in (0..<part.bytes).reversed() {
                payload.append(UInt8(truncatingIfNeeded: raw >> UInt64(shift * 8)))
            }
        }
    }
}
