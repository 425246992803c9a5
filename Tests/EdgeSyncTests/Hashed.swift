import Crypto

/// Bytes with the hash that closes a batch.
enum Hashed {
    static func closing(_ bytes: [UInt8]) -> [UInt8] { bytes + Array(SHA256.hash(data: bytes)) }
}
