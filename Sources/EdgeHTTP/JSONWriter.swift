package import EdgeModel
package import NIOCore

/// Writes JSON (RFC 8259) straight into a buffer: keys in the order in which they are written,
/// `/` unescaped, numbers without an exponent where a plain form exists.
///
/// The caller writes values in order; commas follow by themselves.
package struct JSONWriter {
    package private(set) var buffer: ByteBuffer
    private var needsComma = false

    package init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// Takes the bytes written so far and goes on in an empty buffer.
    package mutating func takeBuffer() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
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
        buffer.writeInteger(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = false
    }

    package mutating func close(_ bracket: Unicode.Scalar) {
        buffer.writeInteger(UInt8(truncatingIfNeeded: bracket.value))
        needsComma = true
    }

    /// A member name that needs no escaping; its value comes next.
    package mutating func key(_ name: StaticString) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        needsComma = false
    }

    package mutating func key(dynamic name: String) {
        separate()
        quoted(name)
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Values

    package mutating func null() {
        separate()
        buffer.writeStaticString("null")
    }

    package mutating func value(_ text: String) {
        separate()
        quoted(text)
    }

    package mutating func value(_ number: some FixedWidthInteger) {
        separate()
        writeDigits(Int64(truncatingIfNeeded: number))
    }

    package mutating func value(_ flag: Bool) {
        separate()
        if flag { buffer.writeStaticString("true") } else { buffer.writeStaticString("false") }
    }

    /// The shortest decimal that reads back as this number; null for what JSON cannot say.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        if number == number.rounded(), abs(number) < 1e15 {
            writeDigits(Int64(number))
            buffer.writeStaticString(".0")
        } else {
            buffer.writeString(number.description)
        }
    }

    /// Text that is known to need no escaping.
    package mutating func plain(_ write: (inout ByteBuffer) -> Void) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        write(&buffer)
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// Standard Base64 with padding.
    package mutating func base64(_ bytes: [UInt8]) {
        plain { $0.writeBase64(bytes) }
    }

    /// RFC 3339, UTC, whole seconds, rounded towards the past.
    package mutating func value(_ time: Timestamp) {
        plain { $0.writeRFC3339(time) }
    }

    package mutating func value(_ id: UniqueID) {
        plain { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 36) { raw in
                id.write { raw[$0] = $1 }
                return 36
            }
        }
    }

    private mutating func writeDigits(_ number: Int64) {
        if number >= 0, number < 10 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
        } else {
            buffer.writeString(String(number))
        }
    }

    private mutating func quoted(_ text: String) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var text = text
        let isPlain = text.withUTF8 { bytes in
            let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            if isPlain { buffer.writeBytes(bytes) }
            return isPlain
        }
        if !isPlain { text.utf8.forEach { escaped($0) } }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case 0x0A: buffer.writeStaticString("\\n")
        case 0x0D: buffer.writeStaticString("\\r")
        case 0x09: buffer.writeStaticString("\\t")
        case 0..<0x20:
            buffer.writeStaticString("\\u00")
            buffer.writeHexadecimal(byte)
        default: buffer.writeInteger(byte)
        }
    }
}

extension JSONWriter {
    package mutating func field(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ number: (some FixedWidthInteger)?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ number: Double?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    package mutating func field(_ name: StaticString, _ time: Timestamp?) {
        key(name)
        if let time { value(time) } else { null() }
    }

    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    package mutating func array<Elements: Sequence>(
        _ name: StaticString, _ elements: Elements, _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        key(name)
        array(elements, body)
    }
}
