package import LoRaWAN

/// What a device can join with.
package struct RootKeys: Equatable, Sendable {
    /// Registered as what they are, or the halves of a device key that nobody named: whichever verifies
    /// is the root key of 1.0.
    private enum Keys: Equatable, Sendable {
        case named(nwkKey: AESKey?, appKey: AESKey?)
        case candidates(AESKey?, AESKey?)
    }

    private let keys: Keys

    /// `nwkKey` is 1.1's only.
    package init(appKey: AESKey? = nil, nwkKey: AESKey? = nil) {
        keys = .named(nwkKey: nwkKey, appKey: appKey)
    }

    /// Two at most: what is beyond is left out.
    package init(candidates: [AESKey]) {
        keys = .candidates(candidates.first, candidates.dropFirst().first)
    }

    package var appKey: AESKey? {
        if case .named(_, let appKey) = keys { appKey } else { nil }
    }

    package var nwkKey: AESKey? {
        if case .named(let nwkKey, _) = keys { nwkKey } else { nil }
    }

    /// Every key that a join-request may be signed with, in a fixed order: the place of one that
    /// verified is remembered.
    var signing: [AESKey] {
        switch keys {
        case .named(let first, let second), .candidates(let first, let second):
            [first, second].compactMap(\.self)
        }
    }

    package var isEmpty: Bool { signing.isEmpty }
}
