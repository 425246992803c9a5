/// The keys of one session.
///
/// LoRaWAN 1.0 has one network key where 1.1 has three; it then stands in all three places, and
/// the ciphers need not ask for the version.
package struct SessionKeys: Equatable, Sendable {
    package let version: MACVersion
    package let fNwkSIntKey: AESKey
    package let sNwkSIntKey: AESKey
    package let nwkSEncKey: AESKey
    package let appSKey: AESKey

    /// LoRaWAN 1.0.x.
    package init(nwkSKey: AESKey, appSKey: AESKey) {
        version = .v10
        fNwkSIntKey = nwkSKey
        sNwkSIntKey = nwkSKey
        nwkSEncKey = nwkSKey
        self.appSKey = appSKey
    }

    /// LoRaWAN 1.1.
    package init(fNwkSIntKey: AESKey, sNwkSIntKey: AESKey, nwkSEncKey: AESKey, appSKey: AESKey) {
        version = .v11
        self.fNwkSIntKey = fNwkSIntKey
        self.sNwkSIntKey = sNwkSIntKey
        self.nwkSEncKey = nwkSEncKey
        self.appSKey = appSKey
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
