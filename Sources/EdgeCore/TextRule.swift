import EdgeModel

/// What a text that people will read must be.
package struct TextRule: Sendable {
    package var field: String
    /// In Unicode scalars.
    package var limit: Int
    package var mayBeEmpty = false

    package init(field: String, limit: Int, mayBeEmpty: Bool = false) {
        self.field = field
        self.limit = limit
        self.mayBeEmpty = mayBeEmpty
    }

    /// The text as it is. Throws `invalid` when there is nothing to see in it, when it is too long, or when it
    /// has control characters, breaks lines, or turns the direction of what stands around it.
    package func check(_ text: String) throws -> String {
        guard mayBeEmpty || text.unicodeScalars.contains(where: Self.isVisible) else {
            throw EdgeError.invalid("\(field) must not be empty")
        }
        guard text.unicodeScalars.count <= limit else {
            throw EdgeError.invalid("\(field) has more than \(limit) characters")
        }
        guard !text.unicodeScalars.contains(where: Self.controls) else {
            throw EdgeError.invalid("\(field) has control characters")
        }
        return text
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isWhitespace && !scalar.properties.isDefaultIgnorableCodePoint
    }

    /// The controls of ASCII and Latin-1, the separators of lines and paragraphs, and what embeds, overrides
    /// or isolates a direction: with those a name can be made to read as another.
    private static func controls(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
