/// The rotating identifier that a device broadcasts. Not unique: devices can collide, and only an
/// authentication tag tells whose packet it is.
package struct EphemeralID: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Version 0: four bytes.
        case counterMode
        /// Version 2: eight bytes.
        case eax
    }

    package let kind: Kind
    /// The number whose big-endian bytes the derivation gave.
    package let rawValue: UInt64

    package init(counterMode rawValue: UInt32) {
        kind = .counterMode
        self.rawValue = UInt64(rawValue)
    }

    package init(eax rawValue: UInt64) {
        kind = .eax
        self.rawValue = rawValue
    }

    /// The EID of a version 0 device:
    /// KBKDF(KBKDF(key, "DeviceKey", counter), "DeviceID", 0), four bytes.
    package init(counterMode key: DeviceKey, at counter: TimeCounter) {
        let deviceKey = AESKey(key.aes.derivedKey(label: "DeviceKey", context: counter.rawValue))
        let block = deviceKey.derivedBytes(label: "DeviceID", context: 0, byteCount: 4)
        self.init(counterMode: block.leadingUInt32)
    }

    /// The EID of a version 2 device, in the period that `counter` is in. Nil for a key that is
    /// not 16 bytes.
    package init?(eax key: DeviceKey, at counter: TimeCounter, exponent: PeriodExponent) {
        guard var derivation = EAXIdentifierDerivation(key) else { return nil }
        self = derivation.identifier(at: counter, exponent: exponent)
    }
}

extension EphemeralID: CustomStringConvertible {
    /// Hexadecimal, most significant digit first.
    package var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: (kind == .counterMode ? 8 : 16) - digits.count) + digits
    }
}

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
