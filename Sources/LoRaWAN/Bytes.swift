/// A cursor over a frame whose multi-byte fields are little endian (LoRaWAN 1.1, section 1.2).
struct ByteReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - index }

    /// Nil, and nothing consumed, when fewer bytes are left.
    mutating func littleEndian(_ count: Int) -> UInt64? {
        guard let field = take(count) else { return nil }
        return field.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func byte() -> UInt8? { littleEndian(1).map { UInt8(truncatingIfNeeded: $0) } }

    mutating func uint16() -> UInt16? { littleEndian(2).map { UInt16(truncatingIfNeeded: $0) } }

    mutating func uint32(_ count: Int = 4) -> UInt32? {
        littleEndian(count).map { UInt32(truncatingIfNeeded: $0) }
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { index += count }
        return bytes[index..<index + count]
    }
}

extension [UInt8] {
    /// Appends the `count` least significant bytes of `value`, least significant first.
    mutating func append(littleEndian value: some FixedWidthInteger, count: Int) {
        for position in 0..<count {
            append(UInt8(truncatingIfNeeded: value >> (8 * position)))
        }
    }
}
