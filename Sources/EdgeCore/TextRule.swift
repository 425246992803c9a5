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

    /// The text as it is. Throws `invalid` when it is empty, too long or has control characters.
    package func check(_ text: String) throws -> String {
        guard mayBeEmpty || text.contains(where: { !$0.isWhitespace }) else {
            throw EdgeError.invalid("\(field) must not be empty")
        }
        guard text.unicodeScalars.count <= limit else {
            throw EdgeError.invalid("\(field) has more than \(limit) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        else {
            throw EdgeError.invalid("\(field) has control characters")
        }
        return text
    }
}
