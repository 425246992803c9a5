import Crypto
import CryptoExtras

/// A 128-bit LoRaWAN key, root or session.
///
/// It does not show its bytes to `print`, interpolation, `dump` or a mirror, and compares in
/// constant time. Its bytes stand in place: there are several keys of each of many devices, and a
/// cipher's own form of one is made where it is used.
package struct AESKey: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package static let byteCount = 16

    /// The bytes in their order, eight and eight.
    private let halves: (UInt64, UInt64)

    /// Nil unless there are exactly sixteen bytes.
    package init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        self.init(block: bytes)
    }

    /// `block` has sixteen bytes.
    private init(block: [UInt8]) {
        halves = block.withUnsafeBytes {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    private var key: SymmetricKey { withUnsafeBytes(of: halves) { SymmetricKey(data: $0) } }

    package static func == (a: AESKey, b: AESKey) -> Bool {
        (a.halves.0 ^ b.halves.0) | (a.halves.1 ^ b.halves.1) == 0
    }

    /// For storage under a seal; never for a log.
    package func withBytes<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
        try body(withUnsafeBytes(of: halves) { Array($0) })
    }

    package var description: String { "AESKey(redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// The library throws for wrong sizes only, and the sizes are fixed here: an error would be a bug of
// this file, and going on without a cipher would be worse than stopping.
extension AESKey {
    private static let blockSize = 16

    /// AES-128 of one block of sixteen bytes, in place.
    func encrypt(block: inout [UInt8]) {
        do { try AES.permute(&block, key: key) } catch { preconditionFailure("AES block: \(error)") }
    }

    /// The inverse: LoRaWAN seals a join-accept with it, so that a device needs no more than
    /// encryption.
    func decrypt(block: inout [UInt8]) {
        do { try AES.inversePermute(&block, key: key) } catch { preconditionFailure("AES block: \(error)") }
    }

    /// AES-CMAC (RFC 4493) of the concatenation: its first four bytes as a MIC.
    func mic(_ parts: [UInt8]...) -> MIC {
        do {
            var code = try AES.CMAC(key: key, outputSize: 4)
            for part in parts {
                part.withUnsafeBytes { code.update(bufferPointer: $0) }
            }
            return code.finalize().withUnsafeBytes { bytes in
                MIC(rawValue: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
            }
        } catch {
            preconditionFailure("AES-CMAC: \(error)")
        }
    }

    /// A session key: AES of one block that names its purpose, filled up with zeros.
    func deriveKey(from fields: [UInt8]) -> AESKey {
        var block = fields + [UInt8](repeating: 0, count: Self.blockSize - fields.count)
        encrypt(block: &block)
        return AESKey(block: block)
    }
}
