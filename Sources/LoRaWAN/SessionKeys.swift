/// The keys of one session.
///
/// LoRaWAN 1.0 has one network key where 1.1 has three; it then stands in all three places, and
/// the ciphers need not ask for the version.
package struct SessionKeys: Equatable, Sendable {
    package var version: MACVersion {
        switch keys {
        case .v10: .v10
        case .v11: .v11
        }
    }
    package var fNwkSIntKey: AESKey { network(\.fNwkSIntKey) }
    package var sNwkSIntKey: AESKey { network(\.sNwkSIntKey) }
    package var nwkSEncKey: AESKey { network(\.nwkSEncKey) }
    package let appSKey: AESKey

    /// Nearly all sessions are 1.0: the others' keys stand apart, so that these take no room for them.
    private let keys: NetworkKeys

    private enum NetworkKeys: Equatable, Sendable {
        case v10(nwkSKey: AESKey)
        indirect case v11(Three)
    }

    private struct Three: Equatable, Sendable {
        var fNwkSIntKey: AESKey
        var sNwkSIntKey: AESKey
        var nwkSEncKey: AESKey
    }

    /// LoRaWAN 1.0.x.
    package init(nwkSKey: AESKey, appSKey: AESKey) {
        keys = .v10(nwkSKey: nwkSKey)
        self.appSKey = appSKey
    }

    /// LoRaWAN 1.1.
    package init(fNwkSIntKey: AESKey, sNwkSIntKey: AESKey, nwkSEncKey: AESKey, appSKey: AESKey) {
        keys = .v11(
            Three(fNwkSIntKey: fNwkSIntKey, sNwkSIntKey: sNwkSIntKey, nwkSEncKey: nwkSEncKey))
        self.appSKey = appSKey
    }

    private func network(_ key: (Three) -> AESKey) -> AESKey {
        switch keys {
        case .v10(let nwkSKey): nwkSKey
        case .v11(let three): key(three)
        }
    }

    /// The key of an FRMPayload. Port 0 carries MAC commands and port 226 relayed frames
    /// (TS011): both belong to the network.
    func payloadKey(fPort: UInt8) -> AESKey {
        fPort == 0 || fPort == 226 ? nwkSEncKey : appSKey
    }
}

/// What the cryptography of a session depends on.
package enum MACVersion: Hashable, Sendable {
    /// 1.0 to 1.0.4.
    case v10
    case v11
}
