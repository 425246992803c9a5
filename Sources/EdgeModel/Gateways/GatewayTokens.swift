/// The tokens of an uploading gateway, by their hashes: a state machine without I/O.
///
/// They are issued in pairs. A device token is good for `lifetime`. A refresh token is good until it
/// is used, and for `grace` afterwards, for the client that never got the answer.
package struct GatewayTokens: Hashable, Sendable, Codable {
    package static let lifetime = Duration.seconds(3_600)
    package static let grace = Duration.seconds(300)

    /// What is stored of a pair of tokens.
    package struct Pair: Hashable, Sendable, Codable {
        package var deviceHash: [UInt8]
        package var refreshHash: [UInt8]

        package init(deviceHash: [UInt8], refreshHash: [UInt8]) {
            self.deviceHash = deviceHash
            self.refreshHash = refreshHash
        }
    }

    private struct Issue: Hashable, Sendable, Codable {
        var pair: Pair
        var issuedAt: BootMoment
        /// When the next pair was issued for it.
        var retiredAt: BootMoment?
    }

    private var current: Issue
    private var previous: Issue?
    /// Counts the changes: of two states, the one with the higher number is the later.
    package private(set) var number: Int64

    package init(_ pair: Pair, at now: BootMoment) {
        current = Issue(pair: pair, issuedAt: now)
        number = 1
    }

    /// A new registration: the pair in force becomes the previous one.
    package mutating func replace(with pair: Pair, at now: BootMoment) {
        var retired = current
        retired.retiredAt = now
        previous = retired
        current = Issue(pair: pair, issuedAt: now)
        number += 1
    }

    /// Takes a refresh token for a new pair. False, and nothing changes, when it is not good.
    package mutating func refresh(_ hash: [UInt8], with pair: Pair, at now: BootMoment) -> Bool {
        if hash == current.pair.refreshHash {
            replace(with: pair, at: now)
            return true
        }
        guard let previous, hash == previous.pair.refreshHash, let retiredAt = previous.retiredAt,
            let age = retiredAt.age(at: now), age < Self.grace
        else { return false }
        // The pair in force never arrived; the grace of the one before goes on from where it was.
        current = Issue(pair: pair, issuedAt: now)
        number += 1
        return true
    }

    /// Whether a device token is good now.
    package func admits(_ hash: [UInt8], at now: BootMoment) -> Bool {
        let issue = [current, previous].compactMap { $0 }.first { $0.pair.deviceHash == hash }
        guard let age = issue?.issuedAt.age(at: now) else { return false }
        return age < Self.lifetime
    }

    package var deviceHashes: [[UInt8]] { [current, previous].compactMap { $0?.pair.deviceHash } }
    package var refreshHashes: [[UInt8]] { [current, previous].compactMap { $0?.pair.refreshHash } }
}
