/// The bytes of an AES key, to be kept in great numbers: in place, so that reaching one of a hundred
/// thousand costs one memory access and not three. Does not print itself.
struct AESKeyBytes: Sendable {
    /// Eight bytes in each number, in their order: a block would leave gaps of as many between keys.
    private let first: (UInt64, UInt64)
    /// Nil in a key of 128 bits.
    private let second: (UInt64, UInt64)?

    init(first: AESBlock, second: AESBlock?) {
        self.first = unsafeBitCast(first, to: (UInt64, UInt64).self)
        self.second = second.map { unsafeBitCast($0, to: (UInt64, UInt64).self) }
    }

    /// Nil unless there are 16 or 32 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 || bytes.count == 32 else { return nil }
        let blocks = stride(from: 0, to: bytes.count, by: 16).map { start in
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: AESBlock.self) }
        }
        self.init(first: blocks[0], second: blocks.dropFirst().first)
    }

    var size: AESKey.Size { second == nil ? .bits128 : .bits256 }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let second {
            Swift.withUnsafeBytes(of: (first, second), body)
        } else {
            Swift.withUnsafeBytes(of: first, body)
        }
    }
}

extension AESKeyBytes: Equatable {
    /// Takes the same time wherever two keys of one size differ.
    static func == (a: AESKeyBytes, b: AESKeyBytes) -> Bool {
        guard a.size == b.size else { return false }
        let (left, right) = (a.second ?? (0, 0), b.second ?? (0, 0))
        return (a.first.0 ^ b.first.0) | (a.first.1 ^ b.first.1) | (left.0 ^ right.0) | (left.1 ^ right.1)
            == 0
    }
}

extension AESKeyBytes: CustomStringConvertible, CustomReflectable {
    var description: String { "AESKeyBytes(\(size.byteCount) bytes)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// One AES block, in the order of the specification's bytes.
typealias AESBlock = SIMD16<UInt8>

extension AESBlock {
    /// The first four bytes as a big-endian number.
    var leadingUInt32: UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(self[$1]) }
    }

    /// The first eight bytes as a big-endian number.
    var leadingUInt64: UInt64 {
        (0..<8).reduce(0) { $0 << 8 | UInt64(self[$1]) }
    }
}
