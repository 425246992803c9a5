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
