import EdgeModel
import NIOCore

/// Bytes that only ever grow at their end: what `JSONWriter` writes into.
///
/// Not copyable, so that it can own its memory without counting who else does; pages of packets are
/// written at several hundred megabytes a second through it.
struct TextBuffer: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(64, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    var byteBuffer: ByteBuffer { ByteBuffer(bytes: UnsafeBufferPointer(start: start, count: count)) }

    mutating func removeAll() { count = 0 }

    mutating func truncate(to length: Int) { count = min(count, length) }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(by: more) }
    }

    private mutating func grow(by more: Int) {
        capacity = max(capacity * 2, count + more)
        let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        bigger.update(from: start, count: count)
        start.deallocate()
        start = bigger
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return }
        reserve(bytes.count)
        (start + count).update(from: base, count: bytes.count)
        count += bytes.count
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends again what stands at `range` already.
    mutating func repeatBytes(_ range: Range<Int>) {
        reserve(range.count)
        (start + count).update(from: start + range.lowerBound, count: range.count)
        count += range.count
    }

    mutating func appendDecimal(_ number: Int64) {
        reserve(20)
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var digits = 1
        var bound: UInt64 = 10
        while digits < 19, rest >= bound {
            digits += 1
            bound *= 10
        }
        for position in stride(from: count + digits - 1, through: count, by: -1) {
            start[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// The last `digits` decimal digits of a number that is not negative.
    mutating func appendDigits(_ number: Int, _ digits: Int) {
        reserve(digits)
        var rest = number
        for position in stride(from: count + digits - 1, through: count, by: -1) {
            start[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
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
        reserve((data.count + 2) / 3 * 4)
        data.withUnsafeBufferPointer { data in
            var index = 0
            while index < data.count {
                let left = data.count - index
                let b0 = UInt32(data[index])
                let b1 = left > 1 ? UInt32(data[index + 1]) : 0
                let b2 = left > 2 ? UInt32(data[index + 2]) : 0
                let group = b0 << 16 | b1 << 8 | b2
                start[count] = Self.base64Character(group >> 18)
                start[count + 1] = Self.base64Character(group >> 12)
                start[count + 2] = left > 1 ? Self.base64Character(group >> 6) : UInt8(ascii: "=")
                start[count + 3] = left > 2 ? Self.base64Character(group) : UInt8(ascii: "=")
                count += 4
                index += 3
            }
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

    mutating func append(_ id: UniqueID) {
        reserve(36)
        id.write(into: UnsafeMutableBufferPointer(start: start + count, count: 36))
        count += 36
    }

    mutating func appendHexadecimal(_ byte: UInt8) {
        for nibble in [byte >> 4, byte & 0xF] {
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }
}
