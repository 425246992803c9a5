/// Holds a body to the grammar of RFC 8259, before anybody asks what it means.
///
/// The decoder takes more than the grammar does (a comma at the end, `1.`) and, of members with one name,
/// the first, where most other readers take the last: what two readers would take for two different
/// things is refused. Text is UTF-8; a byte order mark before it is no fault.
struct JSONGrammar {
    enum Fault: Error, Hashable {
        case notJSON
        case notUTF8
        case tooDeep
        /// Two members of one object have this name.
        case repeated(String)
    }

    /// What the decoder goes down to.
    static let depthLimit = 500

    /// The names of one object. Most have few, and looking at those is faster than hashing them.
    private struct Names {
        private var few: [String] = []
        private var many: Set<String> = []

        /// False for a name that is there.
        mutating func add(_ name: String) -> Bool {
            if few.count < 12 {
                guard !few.contains(name) else { return false }
                few.append(name)
                return true
            }
            if many.isEmpty { many = Set(few) }
            return many.insert(name).inserted
        }
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Throws what is wrong with it first.
    static func check(_ bytes: [UInt8]) throws(Fault) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var grammar = JSONGrammar(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { grammar.position = 3 }
        try grammar.value(depth: 0)
        grammar.skipBlanks()
        guard grammar.position == bytes.count else { throw .notJSON }
    }

    private mutating func value(depth: Int) throws(Fault) {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): _ = try string(isName: false)
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
    }

    private mutating func object(depth: Int) throws(Fault) {
        guard depth <= Self.depthLimit else { throw .tooDeep }
        position += 1
        skipBlanks()
        if take("}") { return }
        var names = Names()
        repeat {
            skipBlanks()
            let name = try string(isName: true)
            guard names.add(name) else { throw .repeated(name) }
            skipBlanks()
            guard take(":") else { throw .notJSON }
            try value(depth: depth)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw .notJSON }
    }

    private mutating func array(depth: Int) throws(Fault) {
        guard depth <= Self.depthLimit else { throw .tooDeep }
        position += 1
        skipBlanks()
        if take("]") { return }
        repeat {
            try value(depth: depth)
            skipBlanks()
        } while take(",")
        guard take("]") else { throw .notJSON }
    }

    /// The text between the quotes, escapes resolved, where it is the name of a member; else nothing.
    private mutating func string(isName: Bool) throws(Fault) -> String {
        guard take("\"") else { throw .notJSON }
        var units: [UInt16] = []
        let start = position
        var plain = start
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw .notJSON }
            position += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            if isName { units.append(contentsOf: text(plain..<position - 1).utf16) }
            let unit = try escape()
            if isName { units.append(unit) }
            plain = position
        }
        let end = position
        guard take("\"") else { throw .notJSON }
        guard isName else { return "" }
        guard plain > start else { return text(start..<end) }
        units.append(contentsOf: text(plain..<end).utf16)
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func escape() throws(Fault) -> UInt16 {
        guard let byte = peek else { throw .notJSON }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for _ in 0..<4 {
                guard let digit = peek.flatMap(Self.hexadecimal) else { throw .notJSON }
                unit = unit << 4 | digit
                position += 1
            }
            return unit
        default: throw .notJSON
        }
    }

    private mutating func number() throws(Fault) {
        _ = take("-")
        guard take("0") || takeDigits() else { throw .notJSON }
        if take(".") { guard takeDigits() else { throw .notJSON } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard takeDigits() else { throw .notJSON }
        }
    }

    private mutating func word(_ word: StaticString) throws(Fault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[index] else { throw .notJSON }
            position += 1
        }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(truncatingIfNeeded: character.value) else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || (byte >= 0x09 && byte <= 0x0D && byte != 0x0B && byte != 0x0C)
        {
            position += 1
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension JSONGrammar.Fault {
    /// In words for the client.
    var explanation: String {
        switch self {
        case .notJSON: "Invalid JSON"
        case .notUTF8: "Invalid JSON: it is not UTF-8"
        case .tooDeep: "Invalid JSON: it is nested too deeply"
        case .repeated(let name):
            "Invalid JSON: \"\(String(name.unicodeScalars.prefix(64)))\" stands twice in an object"
        }
    }
}
