import CHaru
import Foundation

/// Text in the character set that the standard fonts of PDF have (Windows code page 1252).
///
/// What the set lacks is written in Latin letters, and at the very last as a question mark.
struct WinAnsiText {
    /// Ends with a zero.
    let bytes: [CChar]

    init(_ text: String) {
        var bytes: [UInt8] = []
        var foreign = ""
        for character in text.precomposedStringWithCanonicalMapping {
            guard let code = Self.code(character) else {
                foreign.append(character)
                continue
            }
            bytes += Self.latin(foreign) + [code]
            foreign = ""
        }
        bytes += Self.latin(foreign)
        self.bytes = bytes.map(CChar.init(bitPattern:)) + [0]
    }

    private static func code(_ character: Character) -> UInt8? {
        let scalars = character.unicodeScalars
        guard scalars.count == 1, let scalar = scalars.first else { return nil }
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0xFF: return UInt8(truncatingIfNeeded: scalar.value)
        default: return beyondLatin1[scalar]
        }
    }

    /// Together, as words of some scripts are only told apart so; what has no letters is one mark each.
    private static func latin(_ foreign: String) -> [UInt8] {
        guard !foreign.isEmpty else { return [] }
        let latin = foreign.applyingTransform(toASCII, reverse: false) ?? foreign
        return latin.map { code($0) ?? UInt8(ascii: "?") }
    }

    private static let toASCII = StringTransform("Any-Latin; Latin-ASCII")

    /// 0x80 to 0x9F; five of them stand for nothing.
    private static let beyondLatin1: [Unicode.Scalar: UInt8] = {
        let scalars: [Unicode.Scalar?] = [
            "€", nil, "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", nil, "Ž", nil,
            nil, "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", nil, "ž", "Ÿ",
        ]
        return zip(scalars, UInt8(0x80)...).reduce(into: [:]) { table, pair in
            if let scalar = pair.0 { table[scalar] = pair.1 }
        }
    }()
}
