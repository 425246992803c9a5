/// What a version 0 device needs for one counter period. Deriving it costs as much as opening a
/// packet, so keep it for as long as the period's packets come.
package struct HubbleSessionKeys: Sendable {
    private let encryption: AESKeyBytes
    private let nonce: AESKeyBytes

    package init(_ key: DeviceKey, at counter: TimeCounter) {
        let aes = key.aes
        encryption = aes.derivedKey(label: "EncryptionKey", context: counter.rawValue)
        nonce = aes.derivedKey(label: "NonceKey", context: counter.rawValue)
    }

    /// The key of one message: both encryption and authentication.
    func messageKey(_ number: SequenceNumber) -> AESKey {
        AESKey(AESKey(encryption).derivedKey(label: "Key", context: UInt32(number.rawValue)))
    }

    /// The first counter block of one message: a 12-byte nonce and 00000000.
    func counterBlock(_ number: SequenceNumber) -> AESBlock {
        var block = AESKey(nonce).derivedBytes(
            label: "Nonce", context: UInt32(number.rawValue), byteCount: 12)
        for index in 12..<16 { block[index] = 0 }
        return block
    }
}
