/// Derives many version 2 EIDs of one device. The intermediate key depends on the upper half of
/// the counter only, so that neighbours in a pool share it.
struct EAXIdentifierDerivation {
    private let deviceKey: AESKey
    private var intermediate: (upperHalf: UInt32, key: AESKey)?

    /// Nil for a key that is not 16 bytes.
    init?(_ key: DeviceKey) {
        guard key.fitsEAX else { return nil }
        deviceKey = key.aes
    }

    /// AES(AES(key, 0 x 11 | FF | 00 00 | BE16(upper half)), 0 x 11 | exponent | BE32(counter)),
    /// first eight bytes.
    mutating func identifier(at counter: TimeCounter, exponent: PeriodExponent) -> EphemeralID {
        let counter = exponent.counter(atSeconds: counter.rawValue).rawValue
        let block = Self.block(marker: exponent.rawValue, number: counter)
        return EphemeralID(eax: intermediateKey(upperHalf: counter >> 16).encrypt(block).leadingUInt64)
    }

    private mutating func intermediateKey(upperHalf: UInt32) -> AESKey {
        if let intermediate, intermediate.upperHalf == upperHalf { return intermediate.key }
        let first = deviceKey.encrypt(Self.block(marker: 0xFF, number: upperHalf))
        let key = AESKey(AESKeyBytes(first: first, second: nil))
        intermediate = (upperHalf, key)
        return key
    }

    /// 0 x 11 | marker | BE32(number).
    private static func block(marker: UInt8, number: UInt32) -> AESBlock {
        var block = AESBlock()
        block[11] = marker
        for index in 0..<4 { block[12 + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index)) }
        return block
    }
}
