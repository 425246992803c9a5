import Crypto
import CryptoExtras

/// An AES key of a size that AES takes, and the three operations on it that Hubble is made of.
///
/// CryptoKit's functions throw on keys and blocks of a wrong size. The sizes are right here by
/// construction, which is why none of these operations throws.
struct AESKey: Sendable {
    enum Size: Sendable {
        case bits128, bits256
        var byteCount: Int { self == .bits128 ? 16 : 32 }
    }

    let size: Size
    private let key: SymmetricKey

    init(_ bytes: AESKeyBytes) {
        size = bytes.size
        key = bytes.withUnsafeBytes { SymmetricKey(data: $0) }
    }

    /// AES-CMAC (NIST SP 800-38B, RFC 4493).
    func mac(of message: [UInt8]) -> AESBlock {
        do {
            var mac = try AES.CMAC(key: key)
            message.withUnsafeBytes { mac.update(bufferPointer: $0) }
            return mac.finalize().withUnsafeBytes { $0.loadUnaligned(as: AESBlock.self) }
        } catch {
            preconditionFailure("CMAC refuses a key of \(size.byteCount) bytes: \(error)")
        }
    }

    /// The block cipher itself, encrypting.
    func encrypt(_ block: AESBlock) -> AESBlock {
        var block = block
        do {
            try withUnsafeMutableBytes(of: &block) { buffer in
                var bytes = buffer
                try AES.permute(&bytes, key: key)
            }
        } catch {
            preconditionFailure("AES refuses a key of \(size.byteCount) bytes: \(error)")
        }
        return block
    }

    /// AES-CTR (NIST SP 800-38A) over at most one block, which is what an advertisement can carry.
    /// Encrypts and decrypts. One block needs no counter, and costs a fifth of `AES._CTR`.
    func applyKeystream(from counterBlock: AESBlock, to bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count <= AESBlock.scalarCount, "Hubble payloads are shorter than a block")
        let keystream = encrypt(counterBlock)
        return bytes.indices.map { bytes[$0] ^ keystream[$0] }
    }
}

extension AESKey: CustomStringConvertible, CustomReflectable {
    var description: String { "AESKey(\(size.byteCount) bytes)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
