package import LoRaWAN

/// What a device can join with.
package struct RootKeys: Equatable, Sendable {
    /// Registered as what they are.
    package var appKey: AESKey?
    /// 1.1 only.
    package var nwkKey: AESKey?
    /// The halves of a device key that nobody named: whichever verifies is the root key of 1.0.
    package var candidates: [AESKey]

    package init(appKey: AESKey? = nil, nwkKey: AESKey? = nil, candidates: [AESKey] = []) {
        self.appKey = appKey
        self.nwkKey = nwkKey
        self.candidates = Array(candidates.prefix(2))
    }

    /// Every key that a join-request may be signed with, in a fixed order: the place of one that
    /// verified is remembered.
    var signing: [AESKey] { (nwkKey.map { [$0] } ?? []) + (appKey.map { [$0] } ?? []) + candidates }

    package var isEmpty: Bool { signing.isEmpty }
}
