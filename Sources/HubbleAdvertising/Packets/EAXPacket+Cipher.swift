extension EAXPacket {
    /// The payload, when the tag proves that `key` sealed it in the period that begins at `counter`.
    package func open(with key: DeviceKey, at counter: TimeCounter) throws(OpenError) -> [UInt8] {
        guard key.fitsEAX else { throw .keySize }
        guard let payload = payload(with: key, at: counter) else { throw .tagMismatch }
        return payload
    }

    /// Nil when another key or counter sealed it.
    func payload(with key: DeviceKey, at counter: TimeCounter) -> [UInt8]? {
        guard key.fitsEAX else { return nil }
        let eax = EAX(key: key.aes, nonce: Self.nonce(counter, salt: salt))
        return eax.tag(of: ciphertext) == tag ? eax.applyKeystream(to: ciphertext) : nil
    }

    /// The packet that a device with `key` sends in the period that `counter` is in.
    package static func seal(
        _ payload: [UInt8], salt: UInt16, key: DeviceKey, at counter: TimeCounter, exponent: PeriodExponent
    ) throws(SealError) -> EAXPacket {
        guard payload.count <= payloadLimit else {
            throw .payloadTooLong(count: payload.count, limit: payloadLimit)
        }
        guard let eid = EphemeralID(eax: key, at: counter, exponent: exponent) else { throw .keySize }
        let periodStart = exponent.counter(atSeconds: counter.rawValue)
        let eax = EAX(key: key.aes, nonce: nonce(periodStart, salt: salt))
        let ciphertext = eax.applyKeystream(to: payload)
        return EAXPacket(salt: salt, eid: eid, ciphertext: ciphertext, tag: eax.tag(of: ciphertext))
    }

    /// BE32(counter) | salt.
    private static func nonce(_ counter: TimeCounter, salt: UInt16) -> [UInt8] {
        counter.rawValue.bigEndianBytes + salt.bigEndianBytes
    }
}
