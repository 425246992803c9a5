import Crypto
import EdgeModel
import FoundationEssentials
import SwiftASN1
import X509

/// Makes certificates: the authority's own, and those that it issues.
enum IssuedCertificate {
    /// 1970-01-01: a gateway whose clock is not set yet must be able to make certificates that hold
    /// once it is.
    private static let begin = Date(timeIntervalSince1970: 0)
    /// 2049-12-31T00:00:00Z, before the years for which X.509 writes time in another way.
    static let end = Timestamp(seconds: 2_524_521_600 - 86_400)

    static func authority(_ key: P256.Signing.PrivateKey) throws -> Certificate {
        let name = try DistinguishedName {
            OrganizationName("Holdfast")
            // Of its own for each gateway, so that a client can trust several.
            CommonName("Holdfast local authority \(UniqueID.random().description.prefix(8))")
        }
        let publicKey = Certificate.PublicKey(key.publicKey)
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: begin, notValidAfter: date(end), issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            }, issuerPrivateKey: Certificate.PrivateKey(key))
    }

    /// For a server called `host`, good until `end`.
    static func server(
        _ host: String, _ publicKey: P256.Signing.PublicKey, until end: Timestamp,
        by issuer: Certificate, _ issuerKey: P256.Signing.PrivateKey
    ) throws -> Certificate {
        let subjectKey = Certificate.PublicKey(publicKey)
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: subjectKey,
            notValidBefore: begin, notValidAfter: date(min(end, Self.end)), issuer: issuer.subject,
            subject: try DistinguishedName { CommonName(host) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([.dnsName(host)])
                SubjectKeyIdentifier(hash: subjectKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.publicKey).keyIdentifier)
            }, issuerPrivateKey: Certificate.PrivateKey(issuerKey))
    }

    private static func date(_ time: Timestamp) -> Date {
        Date(timeIntervalSince1970: TimeInterval(time.seconds))
    }
}
