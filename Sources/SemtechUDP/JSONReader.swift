/// A pull reader for the JSON inside datagrams.
///
/// It hands out one key or value at a time and builds no tree, because a general decoder would
/// cost more than the whole budget of a datagram. It never recurses: the caller descends where
/// it knows the shape, and everything else is skipped by counting brackets, so depth costs
/// nothing. It is lenient where forwarders are sloppy (trailing commas, bare words such as
/// `nan`, invalid UTF-8, which becomes U+FFFD) and throws only when it cannot tell where the next
/// value begins.
struct JSONReader {
    /// Not JSON at this point, or not enough of it.
    struct SyntaxError: Error {}

    let bytes: [UInt8]
    var index: Int

    init(_ bytes: [UInt8], from index: Int) {
        self.bytes = bytes
        self.index = index
    }

    /// The next byte that is not white space, not consumed; nil at the end.
    mutating func peek() -> UInt8? {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
            default: return bytes[index]
            }
        }
        return nil
    }

    /// Consumes `byte` if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(SyntaxError) {
        guard take(byte) else { throw SyntaxError() }
    }

    mutating func beginObject() throws(SyntaxError) { try expect(UInt8(ascii: "{")) }

    /// The key of the next member, its colon consumed; nil when the object has ended.
    ///
    /// Keys of up to fifteen bytes are small strings: reading them allocates nothing.
    mutating func nextKey() throws(SyntaxError) -> String? {
        while take(UInt8(ascii: ",")) {}
        if take(UInt8(ascii: "}")) { return nil }
        let key = try string()
        try expect(UInt8(ascii: ":"))
        return key
    }

    mutating func beginArray() throws(SyntaxError) { try expect(UInt8(ascii: "[")) }

    /// Whether the array has another element, which then comes next.
    mutating func hasElement() throws(SyntaxError) -> Bool {
        while take(UInt8(ascii: ",")) {}
        if take(UInt8(ascii: "]")) { return false }
        guard peek() != nil else { throw SyntaxError() }
        return true
    }

    /// Skips one value of any kind, whatever is inside it.
    mutating func skipValue() throws(SyntaxError) {
        var depth = 0
        repeat {
            guard let byte = peek() else { throw SyntaxError() }
            switch byte {
            case UInt8(ascii: "\""): _ = try stringRange()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw SyntaxError() }
                depth -= 1
                index += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw SyntaxError() }
                index += 1
            default: skipWord()
            }
        } while depth > 0
    }

    /// Skips a number or a bare word: everything up to a delimiter.
    mutating func skipWord() {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"),
                UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: " "),
                UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
                return
            default: index += 1
            }
        }
    }
}
