import LoRaWAN

/// Writes a stored state: numbers of variable length, seven bits a byte.
struct StateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }
    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    mutating func raw(_ value: [UInt8]) { bytes += value }

    mutating func number(_ value: some UnsignedInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// 0 for nil, else one more than the value.
    mutating func optional(_ value: (some UnsignedInteger)?) {
        number(value.map { UInt64($0) + 1 } ?? 0)
    }

    mutating func list<Element>(_ values: [Element], _ write: (inout StateWriter, Element) -> Void) {
        number(UInt(values.count))
        for value in values { write(&self, value) }
    }

    mutating func key(_ key: AESKey) { key.withBytes { bytes += $0 } }
}

/// A stored state is damaged, or of a version that is not known here.
package struct StateError: Error, Hashable, Sendable {}

/// Reads what `StateWriter` wrote. Nothing in it is trusted.
struct StateReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func byte() throws(StateError) -> UInt8 {
        guard index < bytes.count else { throw StateError() }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func flag() throws(StateError) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw StateError() }
        return value == 1
    }

    mutating func raw(_ count: Int) throws(StateError) -> [UInt8] {
        guard count >= 0, bytes.count - index >= count else { throw StateError() }
        defer { index += count }
        return Array(bytes[index..<index + count])
    }

    /// Throws for a value that the type cannot hold.
    mutating func number<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(StateError) -> Value {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw StateError() }
            value |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 {
                guard let result = Value(exactly: value) else { throw StateError() }
                return result
            }
        }
        throw StateError()
    }

    mutating func optional<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type = Value.self
    ) throws(StateError) -> Value? {
        let value = try number(UInt64.self)
        guard value > 0 else { return nil }
        guard let result = Value(exactly: value - 1) else { throw StateError() }
        return result
    }

    mutating func list<Element>(
        limit: Int, _ read: (inout StateReader) throws(StateError) -> Element
    ) throws(StateError) -> [Element] {
        let count = try number(UInt32.self)
        guard count <= limit else { throw StateError() }
        var values: [Element] = []
        values.reserveCapacity(Int(count))
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    mutating func key() throws(StateError) -> AESKey {
        guard let key = AESKey(try raw(AESKey.byteCount)) else { throw StateError() }
        return key
    }

    /// A raw value that the type must know.
    mutating func known<Value: RawRepresentable>() throws(StateError) -> Value where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try byte()) else { throw StateError() }
        return value
    }
}

extension Region {
    /// Its number in stored states.
    var stored: UInt8 {
        switch self {
        case .eu868: 0
        case .us915: 1
        case .au915: 2
        case .as923Group1: 3
        case .as923Group2: 4
        case .as923Group3: 5
        case .as923Group4: 6
        case .in865: 7
        case .kr920: 8
        case .cn470: 9
        }
    }

    init(stored: UInt8) throws(StateError) {
        guard let region = Self.allCases.first(where: { $0.stored == stored }) else { throw StateError() }
        self = region
    }
}
