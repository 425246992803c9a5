import EdgeModel
import NIOCore

/// Text forms that JSON needs often, written without an intermediate string.
extension ByteBuffer {
    mutating func writeBase64(_ bytes: [UInt8]) {
        let length = (bytes.count + 2) / 3 * 4
        writeWithUnsafeMutableBytes(minimumWritableBytes: length) { raw in
            var out = 0
            var index = 0
            while index < bytes.count {
                let left = bytes.count - index
                let b0 = UInt32(bytes[index])
                let b1 = left > 1 ? UInt32(bytes[index + 1]) : 0
                let b2 = left > 2 ? UInt32(bytes[index + 2]) : 0
                let group = b0 << 16 | b1 << 8 | b2
                raw[out] = Self.base64Character(group >> 18)
                raw[out + 1] = Self.base64Character(group >> 12)
                raw[out + 2] = left > 1 ? Self.base64Character(group >> 6) : UInt8(ascii: "=")
                raw[out + 3] = left > 2 ? Self.base64Character(group) : UInt8(ascii: "=")
                out += 4
                index += 3
            }
            return length
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

    /// `YYYY-MM-DDTHH:MM:SSZ`; years outside 0...9999 are held at the ends.
    mutating func writeRFC3339(_ time: Timestamp) {
        let date = CivilTime(time)
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { raw in
            func put(_ value: Int, _ digits: Int, at position: Int) {
                var value = value
                for place in stride(from: position + digits - 1, through: position, by: -1) {
                    raw[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
                    value /= 10
                }
            }
            put(date.year, 4, at: 0)
            put(date.month, 2, at: 5)
            put(date.day, 2, at: 8)
            put(date.hour, 2, at: 11)
            put(date.minute, 2, at: 14)
            put(date.second, 2, at: 17)
            (raw[4], raw[7], raw[10]) = (UInt8(ascii: "-"), UInt8(ascii: "-"), UInt8(ascii: "T"))
            (raw[13], raw[16], raw[19]) = (UInt8(ascii: ":"), UInt8(ascii: ":"), UInt8(ascii: "Z"))
            return 20
        }
    }

    mutating func writeHexadecimal(_ byte: UInt8) {
        for nibble in [byte >> 4, byte & 0xF] {
            writeInteger(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }
}
