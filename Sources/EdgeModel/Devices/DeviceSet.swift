/// A set of devices by their row in the database: small numbers, so a bit each.
///
/// Sets of hours and days are kept for years, and united to answer how many devices were heard.
package struct DeviceSet: Hashable, Sendable {
    /// Rows from this on are not taken: more devices than any gateway has.
    package static let limit: Int64 = 1 << 24

    private var words: [UInt64] = []

    package init() {}

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package func contains(_ row: Int64) -> Bool {
        guard row >= 0, row / 64 < Int64(words.count) else { return false }
        return words[Int(row / 64)] & 1 << UInt64(row % 64) != 0
    }

    package mutating func insert(_ row: Int64) {
        guard (0..<Self.limit).contains(row) else { return }
        let word = Int(row / 64)
        if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
        words[word] |= 1 << UInt64(row % 64)
    }

    package mutating func formUnion(_ other: DeviceSet) {
        if words.count < other.words.count {
            words += Array(repeating: 0, count: other.words.count - words.count)
        }
        for index in other.words.indices { words[index] |= other.words[index] }
    }

    package mutating func subtract(_ other: DeviceSet) {
        for index in words.indices.prefix(other.words.count) { words[index] &= ~other.words[index] }
    }

    private var rows: some Sequence<Int64> {
        words.enumerated().lazy.flatMap { index, word in
            (0..<64).lazy.filter { word & 1 << UInt64($0) != 0 }.map { Int64(index * 64 + $0) }
        }
    }

    // MARK: As bytes

    /// The first byte tells the form: 0, the bits from row 0 on, eight to a byte, lowest first; 1, the
    /// distances between rows as LEB128 numbers. The shorter of the two.
    package var encoded: [UInt8] {
        let last = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        var distances: [UInt8] = [1]
        var previous: Int64 = 0
        for row in rows {
            Self.append(UInt64(row - previous), to: &distances)
            previous = row
            if distances.count > last * 8 { break }
        }
        if distances.count <= last * 8 { return distances }
        var bits: [UInt8] = [0]
        bits.reserveCapacity(last * 8 + 1)
        for word in words.prefix(last) {
            for byte in 0..<8 { bits.append(UInt8(truncatingIfNeeded: word >> UInt64(byte * 8))) }
        }
        return bits
    }

    /// Nil for bytes that `encoded` does not make.
    package init?(encoded bytes: [UInt8]) {
        switch bytes.first {
        case 0:
            guard bytes.count <= Int(Self.limit / 8) + 1 else { return nil }
            words = Array(repeating: 0, count: (bytes.count + 6) / 8)
            for (index, byte) in bytes.dropFirst().enumerated() {
                words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
            }
        case 1:
            var row: Int64 = 0
            var rest = bytes.dropFirst()
            while !rest.isEmpty {
                guard let distance = Self.number(&rest) else { return nil }
                row += distance
                guard row < Self.limit else { return nil }
                insert(row)
            }
        default: return nil
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for shift in stride(from: Int64(0), through: 28, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            number |= Int64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
