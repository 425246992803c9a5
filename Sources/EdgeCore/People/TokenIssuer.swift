import Crypto
package import EdgeModel
import FoundationEssentials

/// Makes API tokens: HS256 JSON Web Tokens (RFC 7519, RFC 7515) signed with this gateway's secret.
///
/// What a token is worth is decided by the hash that is stored of it, so a token that was revoked
/// or altered is worth nothing, whatever it says.
package struct TokenIssuer: Sendable {
    private let key: SymmetricKey

    package init(signingKey: SecretBytes) { key = SymmetricKey(data: signingKey.bytes) }

    private struct Claims: Encodable {
        var iss = "holdfast"
        var sub: String
        var org: String
        var jti: String
        var iat: Int64
        var exp: Int64?
    }

    /// A fresh token; two for the same key differ (`jti` has 122 random bits).
    package func issue(for key: APIKey) throws -> String {
        let claims = Claims(
            sub: key.id.rawValue, org: key.organization.rawValue, jti: UniqueID.random().description,
            iat: key.createdAt.seconds, exp: key.expiresAt?.seconds)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
        let signed = "\(header).\(Base64URL.encode(Array(try encoder.encode(claims))))"
        let signature = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: self.key)
        return "\(signed).\(Base64URL.encode(Array(signature)))"
    }

    /// What is stored of a token: its SHA-256. A token has enough random bits to need no salt.
    package static func hash(_ token: some StringProtocol) -> [UInt8] {
        Array(SHA256.hash(data: Array(token.utf8)))
    }
}
