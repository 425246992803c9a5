extension DataFrame {
    /// FRMPayload in the clear. Encrypting and decrypting are the same operation.
    package func openPayload(keys: SessionKeys, counter: FrameCounter) -> [UInt8] {
        guard let fPort else { return [] }
        return Self.crypt(
            frmPayload, key: keys.payloadKey(fPort: fPort), direction: direction, devAddr: devAddr,
            counter: counter)
    }

    /// FOpts in the clear: 1.1 encrypts them, 1.0 does not.
    package func openFOpts(keys: SessionKeys, counter: FrameCounter) -> [UInt8] {
        guard keys.version == .v11, !fOpts.isEmpty else { return fOpts }
        return Self.crypt(
            fOpts, key: keys.nwkSEncKey, direction: direction, devAddr: devAddr, counter: counter,
            usage: Self.fOptsUsage(direction: direction, hasApplicationPort: (fPort ?? 0) > 0))
    }

    /// The byte that keeps the keystreams of FOpts and FRMPayload apart (LoRaWAN 1.1 errata,
    /// "FOpts encryption, usage of FCntDwn"): 1 with FCntUp and NFCntDown, 2 with AFCntDown.
    static func fOptsUsage(direction: Direction, hasApplicationPort: Bool) -> UInt8 {
        direction == .down && hasApplicationPort ? 2 : 1
    }

    /// XOR with AES(key, A1) | AES(key, A2) | …, where
    /// Ai = 01 | 00 00 00 | usage | Dir | DevAddr | FCnt (4) | 00 | i (LoRaWAN 1.1, section 4.3.3).
    static func crypt(
        _ bytes: [UInt8], key: AESKey, direction: Direction, devAddr: DevAddr, counter: FrameCounter,
        usage: UInt8 = 0
    ) -> [UInt8] {
        var prefix: [UInt8] = [1, 0, 0, 0, usage, direction.rawValue]
        prefix.reserveCapacity(16)
        prefix.append(littleEndian: devAddr.rawValue, count: 4)
        prefix.append(littleEndian: counter.rawValue, count: 4)
        prefix.append(0)
        var out = bytes
        for start in stride(from: 0, to: bytes.count, by: 16) {
            var keystream = prefix + [UInt8(truncatingIfNeeded: start / 16 + 1)]
            key.encrypt(block: &keystream)
            for offset in 0..<min(16, bytes.count - start) {
                out[start + offset] ^= keystream[offset]
            }
        }
        return out
    }
}
