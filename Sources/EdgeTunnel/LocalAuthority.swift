import Crypto
package import EdgeModel
import NIOCore
package import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// Issues certificates for the known names. They live in memory, for days, and are made anew in time.
package final class LocalAuthority: Sendable {
    /// How long a certificate is good, and when it is replaced.
    static let lifetime = Duration.seconds(30 * 86_400)
    static let renewal = Duration.seconds(86_400)

    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey
    private let clock: EdgeClock
    private let leaves = Mutex<[String: Leaf]>([:])

    private struct Leaf {
        var context: NIOSSLContext
        var madeAt: ClockReading
        /// It was made while the clock told no time.
        var isUndated: Bool
    }

    /// Takes the authority that `directory` has, or makes it. Throws `unavailable`.
    package init(directory: String, clock: EdgeClock) throws {
        (certificate, key) = try AuthorityFiles(directory: directory).load()
        self.clock = clock
    }

    /// Where clients find what to trust.
    package static func certificatePath(in directory: String) -> String {
        "\(directory)/\(AuthorityFiles.certificateName)"
    }

    /// What a TLS server called `name` needs.
    package func context(for name: String) throws -> NIOSSLContext {
        let now = clock.now()
        let isUndated = clock.quality(of: now.wall) == .none
        return try leaves.withLock { leaves in
            if let leaf = leaves[name], leaf.isUndated == isUndated,
                now.monotonic.since(leaf.madeAt.monotonic) < Self.renewal,
                abs(now.wall.seconds - leaf.madeAt.wall.seconds) < Self.renewal.components.seconds
            {
                return leaf.context
            }
            // Without a time of our own, the client's decides: any will do.
            let end =
                isUndated
                ? IssuedCertificate.end
                : now.wall.advanced(byMicroseconds: Self.lifetime.microseconds)
            let context = try makeContext(for: name, until: end)
            leaves[name] = Leaf(context: context, madeAt: now, isUndated: isUndated)
            return context
        }
    }

    private func makeContext(for name: String, until end: Timestamp) throws -> NIOSSLContext {
        let leafKey = P256.Signing.PrivateKey()
        let leaf = try IssuedCertificate.server(name, leafKey.publicKey, until: end, by: certificate, key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: try Self.der(leaf), format: .der))],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(leafKey.derRepresentation), format: .der)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // A client that is gone does not say goodbye, and must not hold up a stop.
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }

    private static func der(_ certificate: Certificate) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}
