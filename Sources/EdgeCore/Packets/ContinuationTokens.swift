import Crypto
package import EdgeModel
import FoundationEssentials

/// Makes and takes back the tokens by which a client continues a list: opaque to it, signed by us,
/// carrying the whole query, so that nothing else needs to be sent again.
package struct ContinuationTokens: Sendable {
    private let key: SymmetricKey
    private let clock: EdgeClock

    /// How long a token is good, by the wall clock.
    package static let lifetime = Duration.seconds(24 * 3600)
    private static let tagLength = 16
    private static let limit = 4096

    package init(signingKey: SecretBytes, clock: EdgeClock) {
        key = SymmetricKey(data: signingKey.bytes)
        self.clock = clock
    }

    private struct Envelope<State: Codable>: Codable {
        /// The organization and the list that it belongs to.
        var o: String
        var l: String
        /// Seconds since 1970 when it was made.
        var t: Int64
        var s: State
    }

    package func make<State: Codable>(_ state: State, list: String, organization: OrganizationID) throws
        -> String
    {
        let envelope = Envelope(o: organization.rawValue, l: list, t: clock.now().wall.seconds, s: state)
        let body = Array(try JSONEncoder().encode(envelope))
        return Base64URL.encode(body + tag(of: body))
    }

    /// Throws `invalid` for a token that is not ours, of another organization or list, or too old.
    package func open<State: Codable>(
        _ token: String, as _: State.Type, list: String, organization: OrganizationID
    ) throws -> State {
        let refused = EdgeError.invalid("Invalid continuation token")
        guard token.utf8.count <= Self.limit, let bytes = Base64URL.decode(token),
            bytes.count > Self.tagLength
        else { throw refused }
        let body = Array(bytes.dropLast(Self.tagLength))
        guard
            HMAC<SHA256>.authenticationCode(for: body, using: key).prefix(Self.tagLength)
                .isEqual(to: bytes.suffix(Self.tagLength)),
            let envelope = try? JSONDecoder().decode(Envelope<State>.self, from: Data(body)),
            envelope.o == organization.rawValue, envelope.l == list
        else { throw refused }
        let age = clock.now().wall.seconds - envelope.t
        guard age <= Self.lifetime.components.seconds || clock.quality == .none else { throw refused }
        return envelope.s
    }

    private func tag(of body: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: body, using: key).prefix(Self.tagLength))
    }
}

extension Sequence<UInt8> {
    /// Compares in a time that does not depend on where the bytes differ.
    func isEqual(to other: some Collection<UInt8>) -> Bool {
        let mine = Array(self)
        guard mine.count == other.count else { return false }
        return zip(mine, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
