/// Numbers of so many bits, and back.
enum BitField {
    /// The number that the lowest `bits` of `raw` spell.
    static func integer(_ raw: UInt64, bits: Int, isSigned: Bool) -> Double {
        guard isSigned, bits > 0 else { return Double(raw) }
        let shift = UInt64(64 - bits)
        return Double(Int64(bitPattern: raw << shift) >> Int64(shift))
    }

    /// The bits that spell the whole number next to `number`. Throws when it does not fit.
    static func raw(_ number: Double, bits: Int, isSigned: Bool, _ name: String) throws(CodecFault)
        -> UInt64
    {
        let whole = number.rounded()
        let mask = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
        if isSigned {
            let limit = Int64.max >> Int64(64 - bits)
            guard let value = Int64(exactly: whole), (-limit - 1...limit).contains(value) else {
                throw CodecFault("\(name): \(number) does not fit in \(bits) bits")
            }
            return UInt64(bitPattern: value) & mask
        }
        guard let value = UInt64(exactly: whole), value <= mask else {
            throw CodecFault("\(name): \(number) does not fit in \(bits) bits")
        }
        return value
    }

    /// The bits from `start`, counted from the first byte's most significant one, most significant
    /// first. Nil beyond the end.
    static func read(_ payload: [UInt8], from start: Int, bits: Int) -> UInt64? {
        guard start >= 0, start + bits <= payload.count * 8 else { return nil }
        return (start..<start + bits).reduce(UInt64(0)) { value, bit in
            value << 1 | UInt64(payload[bit / 8] >> UInt8(7 - bit % 8) & 1)
        }
    }

    /// Puts the lowest `bits` of `raw` where `read` finds them, making the payload longer as needed.
    static func write(_ raw: UInt64, to payload: inout [UInt8], from start: Int, bits: Int) {
        let length = (start + bits + 7) / 8
        if payload.count < length { payload += Array(repeating: 0, count: length - payload.count) }
        for offset in 0..<bits {
            let (bit, mask) = (start + offset, UInt8(0x80) >> UInt8((start + offset) % 8))
            let isSet = raw >> UInt64(bits - 1 - offset) & 1 == 1
            if isSet { payload[bit / 8] |= mask } else { payload[bit / 8] &= ~mask }
        }
    }

    /// The same bits with the bytes the other way round. `bits` is a multiple of 8.
    static func swapped(_ raw: UInt64, bits: Int) -> UInt64 { raw.byteSwapped >> UInt64(64 - bits) }
}
