extension CounterModePacket {
    /// The payload, when the tag proves that these keys sealed it.
    package func open(with keys: HubbleSessionKeys) throws(OpenError) -> [UInt8] {
        guard let payload = payload(with: keys) else { throw .tagMismatch }
        return payload
    }

    /// Nil when another key or counter sealed it.
    func payload(with keys: HubbleSessionKeys) -> [UInt8]? {
        let key = keys.messageKey(sequenceNumber)
        guard Self.tag(of: ciphertext, key: key) == tag else { return nil }
        return key.applyKeystream(from: keys.counterBlock(sequenceNumber), to: ciphertext)
    }

    /// The packet that a device with `key` sends at `counter`.
    package static func seal(
        _ payload: [UInt8], sequenceNumber: SequenceNumber, key: DeviceKey, at counter: TimeCounter
    ) throws(SealError) -> CounterModePacket {
        guard payload.count <= payloadLimit else {
            throw .payloadTooLong(count: payload.count, limit: payloadLimit)
        }
        let keys = HubbleSessionKeys(key, at: counter)
        let messageKey = keys.messageKey(sequenceNumber)
        let ciphertext = messageKey.applyKeystream(from: keys.counterBlock(sequenceNumber), to: payload)
        return CounterModePacket(
            sequenceNumber: sequenceNumber, eid: EphemeralID(counterMode: key, at: counter),
            tag: tag(of: ciphertext, key: messageKey), ciphertext: ciphertext)
    }

    private static func tag(of ciphertext: [UInt8], key: AESKey) -> AuthenticationTag {
        AuthenticationTag(rawValue: key.mac(of: ciphertext).leadingUInt32)
    }
}
