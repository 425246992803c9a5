/// Keys that `rxpk` and `txpk` share.
extension JSONReader {
    /// `freq`: MHz on the wire, hertz here, rounded. Nil when it is missing, less than 1 Hz or beyond
    /// 4.29 GHz.
    mutating func hertz() throws(SyntaxError) -> UInt32? {
        guard let megahertz = try number()?.double else { return nil }
        let hertz = (megahertz * 1_000_000).rounded()
        return hertz >= 1 ? UInt32(exactly: hertz) : nil
    }

    /// `datr`: a string for LoRa and LR-FHSS, a number for FSK. Nil when it is neither, or unknown.
    mutating func dataRate() throws(SyntaxError) -> DataRate? {
        if peek() == UInt8(ascii: "\"") { return DataRate(try string()) }
        guard let bitRate = try number()?.integer.flatMap(UInt32.init(exactly:)), bitRate > 0 else {
            return nil
        }
        return .fsk(bitRate: bitRate)
    }

    /// `tmst`: microseconds, modulo 2^32 whatever was sent.
    mutating func counter() throws(SyntaxError) -> UInt32? {
        try number()?.integer.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// `tmms`: milliseconds.
    mutating func milliseconds() throws(SyntaxError) -> UInt64? {
        try number()?.integer.flatMap(UInt64.init(exactly:))
    }

    /// A small number such as a channel.
    mutating func int() throws(SyntaxError) -> Int? {
        try number()?.integer.flatMap(Int.init(exactly:))
    }

    /// `data`.
    mutating func base64() throws(SyntaxError) -> Base64Field {
        guard let text = try stringBytes() else { return .missing }
        return Base64.decode(text).map(Base64Field.bytes) ?? .malformed
    }
}

/// What `data` holds.
enum Base64Field: Hashable {
    case missing
    case malformed
    case bytes([UInt8])
}
