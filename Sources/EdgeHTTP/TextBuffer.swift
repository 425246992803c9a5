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

    var array: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

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

    /// `"name":`, after a comma where one is due. The name needs no escaping.
    @inline(__always)
    mutating func appendKey(_ name: StaticString, afterComma: Bool) {
        let length = name.utf8CodeUnitCount
        reserve(length + 4)
        var place = start + count
        if afterComma {
            place.pointee = UInt8(ascii: ",")
            place += 1
        }
        place.pointee = UInt8(ascii: "\"")
        (place + 1).update(from: name.utf8Start, count: length)
        place += 1 + length
        place[0] = UInt8(ascii: "\"")
        place[1] = UInt8(ascii: ":")
        count = place + 2 - start
    }

    /// Text between quotation marks, when nothing in it needs escaping; else appends nothing and says so.
    mutating func appendQuoted(plain text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.isPlainJSON else { return false }
        reserve(text.count + 2)
        start[count] = UInt8(ascii: "\"")
        if let base = text.baseAddress { (start + count + 1).update(from: base, count: text.count) }
        count += text.count + 2
        start[count - 1] = UInt8(ascii: "\"")
        return true
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
        let characters = Self.base64Characters.utf8Start
        data.withUnsafeBufferPointer { data in
            var place = start + count
            var index = 0
            while index + 2 < data.count {
                let group = Int(data[index]) << 16 | Int(data[index + 1]) << 8 | Int(data[index + 2])
                place[0] = characters[group >> 18]
                place[1] = characters[group >> 12 & 0x3F]
                place[2] = characters[group >> 6 & 0x3F]
                place[3] = characters[group & 0x3F]
                place += 4
                index += 3
            }
            if index < data.count {
                let hasTwo = index + 1 < data.count
                let group = Int(data[index]) << 16 | (hasTwo ? Int(data[index + 1]) << 8 : 0)
                place[0] = characters[group >> 18]
                place[1] = characters[group >> 12 & 0x3F]
                place[2] = hasTwo ? characters[group >> 6 & 0x3F] : UInt8(ascii: "=")
                place[3] = UInt8(ascii: "=")
                place += 4
            }
            count = place - start
        }
    }

    private static let base64Characters: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

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

extension UnsafeBufferPointer<UInt8> {
    /// No byte of it is a control character, a quotation mark or a backslash (RFC 8259 section 7).
    fileprivate var isPlainJSON: Bool {
        let words = count / 8
        let raw = UnsafeRawBufferPointer(self)
        for word in 0..<words {
            let bytes = raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
            if Self.hasByteToEscape(bytes) { return false }
        }
        for index in words * 8..<count {
            let byte = self[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }

    /// Eight bytes at once: the classic tests for a byte below a bound, and for a zero byte.
    private static func hasByteToEscape(_ bytes: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        func zeroByte(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highBits }
        let control = (bytes &- ones &* 0x20) & ~bytes & highBits
        return control | zeroByte(bytes ^ ones &* 0x22) | zeroByte(bytes ^ ones &* 0x5C) != 0
    }
}
