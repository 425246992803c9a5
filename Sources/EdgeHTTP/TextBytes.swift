import EdgeModel

/// Text forms that JSON needs often, appended without an intermediate string.
extension [UInt8] {
    mutating func appendDecimal(_ number: Int64) {
        if number >= 0, number < 10 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
            return
        }
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        while rest > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }

    /// The last `digits` decimal digits of a number that is not negative.
    private mutating func appendDigits(_ number: Int, _ digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`; years outside 0...9999 are held at the ends.
    mutating func appendRFC3339(_ time: Timestamp) {
        let date = CivilTime(time)
        appendDigits(date.year, 4)
        append(UInt8(ascii: "-"))
        appendDigits(date.month, 2)
        append(UInt8(ascii: "-"))
        appendDigits(date.day, 2)
        append(UInt8(ascii: "T"))
        appendDigits(date.hour, 2)
        append(UInt8(ascii: ":"))
        appendDigits(date.minute, 2)
        append(UInt8(ascii: ":"))
        appendDigits(date.second, 2)
        append(UInt8(ascii: "Z"))
    }

    /// Seconds since 1970 with six decimal places.
    mutating func appendSeconds(_ time: Timestamp) {
        if time.microseconds < 0 { append(UInt8(ascii: "-")) }
        let (seconds, rest) = time.microseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        appendDecimal(Int64(clamping: seconds))
        append(UInt8(ascii: "."))
        appendDigits(Int(rest), 6)
    }

    /// Standard Base64 with padding (RFC 4648 section 4).
    mutating func appendBase64(_ data: [UInt8]) {
        var index = 0
        while index < data.count {
            let left = data.count - index
            let b0 = UInt32(data[index])
            let b1 = left > 1 ? UInt32(data[index + 1]) : 0
            let b2 = left > 2 ? UInt32(data[index + 2]) : 0
            let group = b0 << 16 | b1 << 8 | b2
            append(Self.base64Character(group >> 18))
            append(Self.base64Character(group >> 12))
            append(left > 1 ? Self.base64Character(group >> 6) : UInt8(ascii: "="))
            append(left > 2 ? Self.base64Character(group) : UInt8(ascii: "="))
            index += 3
        }
    }

    private static func base64Character(_ bits: UInt32) -> UInt8 {
        switch UInt8(truncatingIfNeeded: bits & 0x3F) {
        case let value where value < 26: UInt8(ascii: "A") + value
        case let value where value < 52: UInt8(ascii: "a") + value - 26
        case let value where value < 62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    mutating func appendUUID(_ id: UniqueID) {
        append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: 36) { buffer, count in
                id.write(into: buffer)
                count = 36
            })
    }

    mutating func appendHexadecimal(_ byte: UInt8) {
        for nibble in [byte >> 4, byte & 0xF] {
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }
}
