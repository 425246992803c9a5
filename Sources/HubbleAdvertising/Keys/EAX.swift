/// EAX over AES (Bellare, Rogaway and Wagner, "The EAX Mode of Operation", 2004) for one short
/// message without associated data and with a four-byte tag.
struct EAX {
    private let key: AESKey
    /// OMAC^0 of the nonce: the first counter block, and one part of the tag.
    private let nonceMAC: AESBlock

    init(key: AESKey, nonce: [UInt8]) {
        self.key = key
        nonceMAC = Self.tweakedMAC(0, of: nonce, key: key)
    }

    /// OMAC^t: the MAC of the message behind a block that holds the number t.
    private static func tweakedMAC(_ tweak: UInt8, of message: [UInt8], key: AESKey) -> AESBlock {
        key.mac(of: [UInt8](repeating: 0, count: 15) + [tweak] + message)
    }

    /// Encrypts and decrypts at most one block.
    func applyKeystream(to bytes: [UInt8]) -> [UInt8] { key.applyKeystream(from: nonceMAC, to: bytes) }

    func tag(of ciphertext: [UInt8]) -> AuthenticationTag {
        let header = Self.tweakedMAC(1, of: [], key: key)
        let message = Self.tweakedMAC(2, of: ciphertext, key: key)
        return AuthenticationTag(rawValue: (nonceMAC ^ header ^ message).leadingUInt32)
    }
}
