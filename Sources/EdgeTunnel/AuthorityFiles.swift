import Crypto
import EdgeModel
import FoundationEssentials
import Glibc
import SwiftASN1
import X509

/// A certificate authority of this gateway's own, as two files: `ca.pem` for whoever shall trust it,
/// and `ca-key.pem` for nobody else.
struct AuthorityFiles {
    let directory: String

    static let certificateName = "ca.pem"
    static let keyName = "ca-key.pem"

    private var certificatePath: String { "\(directory)/\(Self.certificateName)" }
    private var keyPath: String { "\(directory)/\(Self.keyName)" }

    /// Reads both, making what is missing. Throws `unavailable` when they cannot be had, or do not
    /// belong together.
    func load() throws -> (certificate: Certificate, key: P256.Signing.PrivateKey) {
        let key: P256.Signing.PrivateKey
        if let text = try? String(contentsOfFile: keyPath, encoding: .utf8) {
            guard let read = try? P256.Signing.PrivateKey(pemRepresentation: text) else {
                throw trouble("\(keyPath) is not a key")
            }
            key = read
        } else {
            // Clients trust what is there: it is not replaced behind their backs.
            guard !FileManager.default.fileExists(atPath: certificatePath) else {
                throw trouble(
                    "\(keyPath) cannot be read, but \(certificatePath) is there; remove it for a new one")
            }
            key = P256.Signing.PrivateKey()
            try write(key.pemRepresentation, to: keyPath, mode: 0o600)
        }
        guard let text = try? String(contentsOfFile: certificatePath, encoding: .utf8) else {
            let certificate = try IssuedCertificate.authority(key)
            try write(try certificate.serializeAsPEM().pemString, to: certificatePath, mode: 0o644)
            return (certificate, key)
        }
        guard let certificate = try? Certificate(pemEncoded: text) else {
            throw trouble("\(certificatePath) is not a certificate")
        }
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw trouble("\(certificatePath) does not belong to \(keyPath)")
        }
        return (certificate, key)
    }

    private func trouble(_ message: String) -> EdgeError { EdgeError(.unavailable, message) }

    /// Writes beside and renames, so that nobody finds half a file.
    private func write(_ text: String, to path: String, mode: mode_t) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw trouble("\(temporary) cannot be written") }
        defer { close(file) }
        let bytes = Array(text.utf8) + [0x0A]
        guard fchmod(file, mode) == 0, Glibc.write(file, bytes, bytes.count) == bytes.count,
            fsync(file) == 0, rename(temporary, path) == 0
        else { throw trouble("\(path) cannot be written") }
    }
}
