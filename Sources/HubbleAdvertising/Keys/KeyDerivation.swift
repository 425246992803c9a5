extension AESKey {
    /// One block of KBKDF in counter mode with AES-CMAC (NIST SP 800-108r1, section 4.1):
    /// CMAC(BE32(index) | label | 00 | context | BE32(output bits)).
    ///
    /// Hubble writes `context` in decimal ASCII. `index` counts from 1.
    private func derivedBlock(_ index: UInt32, label: String, context: UInt32, outputBits: UInt32)
        -> AESBlock
    {
        var message: [UInt8] = []
        message.reserveCapacity(32)
        message.append(bigEndian: index)
        message.append(contentsOf: label.utf8)
        message.append(0)
        message.append(contentsOf: String(context).utf8)
        message.append(bigEndian: outputBits)
        return mac(of: message)
    }

    /// A key of this key's size.
    func derivedKey(label: String, context: UInt32) -> AESKeyBytes {
        let bits = UInt32(size.byteCount * 8)
        let first = derivedBlock(1, label: label, context: context, outputBits: bits)
        switch size {
        case .bits128: return AESKeyBytes(first: first, second: nil)
        case .bits256:
            let second = derivedBlock(2, label: label, context: context, outputBits: bits)
            return AESKeyBytes(first: first, second: second)
        }
    }

    /// A block whose first `byteCount` bytes are the output; the rest is not part of it.
    func derivedBytes(label: String, context: UInt32, byteCount: UInt32) -> AESBlock {
        derivedBlock(1, label: label, context: context, outputBits: byteCount * 8)
    }
}
