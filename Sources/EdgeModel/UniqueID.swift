import Crypto

/// A 128-bit identifier, written as a UUID (RFC 9562). Big-endian halves.
package struct UniqueID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Sixteen bytes, most significant first; nil for any other count.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    package init?(bytes: [UInt8]) {
        guard let id = bytes.withUnsafeBytes({ UniqueID(bytes: $0) }) else { return nil }
        self = id
    }

    /// A random identifier (version 4).
    package static func random(using generator: inout some RandomNumberGenerator) -> UniqueID {
        UniqueID(high: generator.next(), low: generator.next()).stamped(version: 4)
    }

    package static func random() -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// The name-based identifier (version 5, SHA-1) of `name` in `namespace`: the same everywhere.
    package static func named(_ name: some Sequence<UInt8>, in namespace: UniqueID) -> UniqueID {
        var input = namespace.bytes
        input.append(contentsOf: name)
        let digest = Insecure.SHA1.hash(data: input)
        return digest.withUnsafeBytes { raw in
            UniqueID(
                high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            ).stamped(version: 5)
        }
    }

    /// Sixteen bytes, most significant first.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }

    /// Lower-case `8-4-4-4-12`.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(into: buffer)
            return 36
        }
    }

    /// Writes the 36 characters of the description to the start of `buffer`, which has room for them.
    package func write(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        var position = 0
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                buffer[position] = UInt8(ascii: "-")
                position += 1
            }
            let half = nibble < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - nibble % 16 * 4)) & 0xF
            buffer[position] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            position += 1
        }
    }

    package static func < (a: UniqueID, b: UniqueID) -> Bool {
        (a.high, a.low) < (b.high, b.low)
    }

    private func stamped(version: UInt64) -> UniqueID {
        UniqueID(
            high: high & ~0xF000 | version << 12,
            low: low & ~(0xC0 << 56) | 0x80 << 56)
    }
}

extension UniqueID {
    /// 32 hexadecimal digits, hyphens tolerated anywhere; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }.compactMap(hexadecimalValue)
        guard digits.count == 32, text.utf8.count <= 36 else { return nil }
        self.init(
            high: digits.prefix(16).reduce(0) { $0 << 4 | UInt64($1) },
            low: digits.suffix(16).reduce(0) { $0 << 4 | UInt64($1) })
    }
}
