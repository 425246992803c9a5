package import EdgeModel

/// The bytes of `SyncFingerprints`: the first number that is not forgotten in eight, then four for each
/// row, most significant first.
package enum FingerprintFormat {
    package static let contentType = "application/vnd.holdfast.fingerprints"

    package static func encode(_ fingerprints: SyncFingerprints) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + fingerprints.values.count * 4)
        bytes.append(bigEndian: fingerprints.firstKnown)
        for value in fingerprints.values { bytes.append(bigEndian: value) }
        return bytes
    }

    /// Nil for anything that `encode` does not make.
    package static func decode(_ bytes: [UInt8], first: Int64) -> SyncFingerprints? {
        guard bytes.count >= 8, bytes.count % 4 == 0, bytes.count <= 8 + 4 * Int(SyncFingerprints.limit)
        else { return nil }
        let known = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let values = stride(from: 8, to: bytes.count, by: 4).map { place in
            bytes[place..<place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        return SyncFingerprints(first: first, firstKnown: Int64(bitPattern: known), values: values)
    }
}
