/// The bytes of an AES key, to be kept in great numbers: in place, so that reaching one of a hundred
/// thousand costs one memory access and not three. Does not print itself.
struct AESKeyBytes: Sendable {
    let first: AESBlock
    /// Nil in a key of 128 bits.
    let second: AESBlock?
}

extension AESKeyBytes: CustomStringConvertible, CustomReflectable {
    var description: String { "AESKeyBytes(\(second == nil ? 16 : 32) bytes)" }
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
