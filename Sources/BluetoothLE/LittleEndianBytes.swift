extension [UInt8] {
    /// Appends the low `byteCount` bytes of `value`, the least significant first.
    mutating func appendLittleEndian(_ value: UInt64, byteCount: Int) {
        for offset in 0..<byteCount {
            append(UInt8(truncatingIfNeeded: value >> UInt64(8 * offset)))
        }
    }

    mutating func appendLittleEndian(_ value: UInt16) {
        appendLittleEndian(UInt64(value), byteCount: 2)
    }

    /// RSSI and transmit power: 127 stands for nil.
    mutating func appendDecibels(_ value: Int8?) {
        append(UInt8(bitPattern: value ?? 127))
    }
}

/// The inverse of `appendDecibels`: nil for 127.
func decibels(_ byte: UInt8) -> Int8? {
    byte == 127 ? nil : Int8(bitPattern: byte)
}
