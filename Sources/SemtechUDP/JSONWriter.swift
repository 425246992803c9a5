/// Writes the few JSON shapes that datagrams need, without white space.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func beginObject(_ key: StaticString? = nil) { open(key, UInt8(ascii: "{")) }
    mutating func endObject() { bytes.append(UInt8(ascii: "}")) }
    mutating func beginArray(_ key: StaticString? = nil) { open(key, UInt8(ascii: "[")) }
    mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    mutating func member(_ key: StaticString, _ value: Bool) {
        member(key, raw: value ? "true" : "false")
    }

    mutating func member(_ key: StaticString, _ value: some BinaryInteger) {
        member(key, raw: String(value))
    }

    /// A number with a fixed point: `value` units of 10^-`decimals`.
    mutating func member(_ key: StaticString, fixedPoint value: Int, decimals: Int) {
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        member(key, raw: (value < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals))
    }

    mutating func member(_ key: StaticString, _ value: String) {
        begin(key)
        quote(value.utf8)
    }

    private mutating func member(_ key: StaticString, raw text: String) {
        begin(key)
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func open(_ key: StaticString?, _ bracket: UInt8) {
        if let key { begin(key) } else { separate() }
        bytes.append(bracket)
    }

    private mutating func begin(_ key: StaticString) {
        separate()
        quote(key.description.utf8)
        bytes.append(UInt8(ascii: ":"))
    }

    /// A comma, unless this is the first thing inside its bracket.
    private mutating func separate() {
        guard let last = bytes.last else { return }
        switch last {
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\""), UInt8(ascii: "e"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            bytes.append(UInt8(ascii: ","))
        default: break
        }
    }

    private mutating func quote(_ content: String.UTF8View) {
        bytes.append(UInt8(ascii: "\""))
        for byte in content {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                bytes.append(contentsOf: escape.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
