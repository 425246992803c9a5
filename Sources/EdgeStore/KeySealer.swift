import Crypto
import EdgeModel
import FoundationEssentials
import Glibc

/// Seals secrets for the database: AES-256-GCM under a key that is kept outside it.
struct KeySealer: Sendable {
    private let key: SymmetricKey

    /// Reads the 32-byte key from `path`, or makes one there with mode 0600.
    init(path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        if count == 0 {
            let fresh = SymmetricKey(size: .bits256)
            let written = fresh.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written == 32, fsync(descriptor) == 0 else { throw SystemError("write \(path)") }
            key = fresh
        } else {
            guard count == 32 else {
                throw EdgeError(.internal, "\(path) holds \(count) bytes; a master key has 32")
            }
            key = SymmetricKey(data: bytes.prefix(32))
        }
    }

    /// `context` says what the secret is and whose; it must be the same to open it.
    func seal(_ secret: [UInt8], context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(secret, using: key, authenticating: Array(context.utf8))
        guard let combined = box.combined else {
            throw EdgeError(.internal, "a secret could not be sealed")
        }
        return Array(combined)
    }

    func open(_ sealed: [UInt8], context: String) throws -> SecretBytes {
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            return SecretBytes(
                Array(try AES.GCM.open(box, using: key, authenticating: Array(context.utf8))))
        } catch {
            throw EdgeError(
                .internal, "a stored secret does not open: is this the database's master key?",
                cause: error)
        }
    }

    /// A key for another purpose, derived from this one (HKDF with SHA-256, RFC 5869).
    func derivedKey(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Array(purpose.utf8), outputByteCount: 32)
    }
}
