/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) over the fields of one row.
///
/// SQLite does not notice a bit that flips in a data page, so each packet row carries the
/// checksum of what was written, and a row that no longer agrees is never served.
struct RowChecksum {
    private var state: UInt32 = 0xFFFF_FFFF

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
        }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes {
                state = state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
            }
        }
    }

    /// Adds the length too, so that bytes cannot move from one field to the next.
    mutating func add(_ bytes: [UInt8]) {
        add(Int64(bytes.count))
        bytes.withUnsafeBytes { add($0) }
    }

    mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { bytes in add(bytes) }
    }

    /// Nil and every number are different.
    mutating func add(_ number: Int64?) {
        guard let number else { return add(Int64.min) }
        add(number)
    }

    mutating func add(_ number: Double?) {
        add(number.map { Int64(bitPattern: $0.bitPattern) })
    }

    var value: Int64 { Int64(state ^ 0xFFFF_FFFF) }
}
