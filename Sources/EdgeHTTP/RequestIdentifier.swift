import EdgeModel

/// Names of requests: `req_` and a ULID, so that they sort by time.
enum RequestIdentifier {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    static func make(at now: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
        let milliseconds = UInt64(clamping: now.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        let (high, low) = (
            UInt64.random(in: 0..<1 << 40, using: &generator),
            UInt64.random(in: 0..<1 << 40, using: &generator)
        )
        return String(unsafeUninitializedCapacity: 30) { buffer in
            for (position, byte) in "req_".utf8.enumerated() { buffer[position] = byte }
            func put(_ value: UInt64, digits: Int, at start: Int) {
                for digit in 0..<digits {
                    let shift = UInt64((digits - 1 - digit) * 5)
                    buffer[start + digit] = alphabet[Int(value >> shift & 0x1F)]
                }
            }
            put(milliseconds, digits: 10, at: 4)
            put(high, digits: 8, at: 14)
            put(low, digits: 8, at: 22)
            return 30
        }
    }
}
