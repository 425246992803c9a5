import Crypto
package import EdgeModel
import FoundationEssentials

/// Bytes that only one gateway, or only its central, can read, and that only the other can have made:
/// HPKE (RFC 9180) in its authenticated mode, X25519, HKDF-SHA256, ChaCha20-Poly1305. The encapsulated
/// key of 32 bytes stands first.
package enum SealedEnvelope {
    package static let contentType = "application/vnd.holdfast.sealed"
    private static let suite = HPKE.Ciphersuite.Curve25519_SHA256_ChachaPoly
    private static let keyLength = 32

    /// `purpose` says what is in it; the same is needed to open it. Throws `invalid` for keys that are
    /// none.
    package static func seal(
        _ bytes: [UInt8], to recipient: [UInt8], from sender: SecretBytes, purpose: String
    ) throws -> [UInt8] {
        do {
            var context = try HPKE.Sender(
                recipientKey: Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient),
                ciphersuite: suite, info: Data(purpose.utf8), authenticatedBy: privateKey(sender))
            let sealed = try context.seal(bytes)
            return Array(context.encapsulatedKey) + Array(sealed)
        } catch {
            throw EdgeError(.invalid, "nothing can be sealed for this key", cause: error)
        }
    }

    /// Throws `invalid` for anything that `seal` has not made for us.
    package static func open(
        _ envelope: [UInt8], by recipient: SecretBytes, from sender: [UInt8], purpose: String
    ) throws -> [UInt8] {
        do {
            var context = try HPKE.Recipient(
                privateKey: privateKey(recipient), ciphersuite: suite, info: Data(purpose.utf8),
                encapsulatedKey: Data(envelope.prefix(keyLength)),
                authenticatedBy: Curve25519.KeyAgreement.PublicKey(rawRepresentation: sender))
            return Array(try context.open(Array(envelope.dropFirst(keyLength))))
        } catch {
            throw EdgeError(.invalid, "the envelope does not open", cause: error)
        }
    }

    /// The public half of a private key.
    package static func publicKey(of secret: SecretBytes) throws -> [UInt8] {
        Array(try privateKey(secret).publicKey.rawRepresentation)
    }

    private static func privateKey(_ secret: SecretBytes) throws -> Curve25519.KeyAgreement.PrivateKey {
        try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: secret.bytes)
    }
}

/// What is in an envelope.
package enum SyncPurpose {
    package static let registry = "holdfast registry 1"
    package static let settings = "holdfast settings 1"
    package static let sessions = "holdfast sessions 1"
    package static let audit = "holdfast audit 1"
    package static let frames = "holdfast frames 1"
    package static let operations = "holdfast operations 1"
    package static let batch = "holdfast batch 1"
}
