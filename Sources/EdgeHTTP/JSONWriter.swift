package import EdgeModel
package import NIOCore

/// Writes JSON (RFC 8259): keys in the order in which they are written, `/` unescaped, numbers
/// without an exponent where a plain form exists.
///
/// The caller writes values in order; commas follow by themselves. Nothing in here is generic over
/// what is written, because pages of packets go through it: calls from other modules would not be
/// specialised.
package struct JSONWriter: ~Copyable {
    private var bytes: TextBuffer
    private var needsComma = false
    /// The time written last, and where it stands: times of one packet are mostly the same second.
    private var lastTime: (second: Int64, at: Range<Int>)?

    package init(reserving count: Int = 1_024) { bytes = TextBuffer(capacity: count) }

    /// What was written so far, to be written again by `verbatim`.
    package var text: [UInt8] { bytes.array }

    /// What was written so far.
    package var buffer: ByteBuffer { bytes.byteBuffer }

    /// Takes what was written so far and goes on with nothing.
    package mutating func takeBuffer() -> ByteBuffer {
        let taken = buffer
        bytes.removeAll()
        lastTime = nil
        return taken
    }

    // MARK: Structure

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open("{")
        body(&self)
        close("}")
    }

    package mutating func array<Elements: Sequence>(
        _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        open("[")
        for element in elements { body(&self, element) }
        close("]")
    }

    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = false
    }

    package mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = true
    }

    /// A member name that needs no escaping; its value comes next.
    package mutating func key(_ name: StaticString) {
        bytes.appendKey(name, afterComma: needsComma)
        needsComma = false
    }

    /// Text that was written before, as it is: a value, or members of an object.
    package mutating func verbatim(_ text: [UInt8]) {
        separate()
        text.withUnsafeBufferPointer { bytes.append($0) }
    }

    package mutating func key(dynamic name: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Values

    package mutating func null() {
        separate()
        bytes.append("null")
    }

    package mutating func value(_ text: String) {
        separate()
        quoted(text)
    }

    package mutating func value(_ number: Int) {
        separate()
        bytes.appendDecimal(Int64(number))
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes.append(flag ? "true" : "false")
    }

    /// The shortest decimal that reads back as this number; null for what JSON cannot say.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        if abs(number) < 1e12, (number * 10).rounded() / 10 == number {
            // At most one decimal place, as most measurements have.
            let tenths = Int64((number * 10).rounded())
            if tenths < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.appendDecimal(abs(tenths) / 10)
            bytes.append(UInt8(ascii: "."))
            bytes.appendDecimal(abs(tenths) % 10)
        } else {
            var text = number.description
            text.withUTF8 { bytes.append($0) }
        }
    }

    /// Standard Base64 with padding.
    package mutating func base64(_ data: [UInt8]) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.appendBase64(data)
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 3339, UTC, whole seconds, rounded towards the past.
    package mutating func value(_ time: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        let second = time.seconds
        if let last = lastTime, last.second == second {
            bytes.repeatBytes(last.at)
        } else {
            let start = bytes.count
            bytes.appendRFC3339(time)
            lastTime = (second, start..<bytes.count)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Seconds since 1970, with six decimal places.
    package mutating func seconds(_ time: Timestamp) {
        separate()
        bytes.appendSeconds(time)
    }

    package mutating func value(_ id: UniqueID) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(id)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func quoted(_ text: String) {
        var text = text
        if text.withUTF8({ bytes.appendQuoted(plain: $0) }) { return }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 { escaped(byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append("\\\"")
        case UInt8(ascii: "\\"): bytes.append("\\\\")
        case 0x0A: bytes.append("\\n")
        case 0x0D: bytes.append("\\r")
        case 0x09: bytes.append("\\t")
        case 0..<0x20:
            bytes.append("\\u00")
            bytes.appendHexadecimal(byte)
        default: bytes.append(byte)
        }
    }
}
