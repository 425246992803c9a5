/// A code that people copy by hand, to enroll or to restore: 20 characters that are not mistaken for one
/// another, in groups.
package enum HandCode {
    /// Crockford's base 32.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// 100 random bits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<20).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return stride(from: 0, to: 20, by: 5).map { String(characters[$0..<$0 + 5]) }.joined(separator: "-")
    }

    /// As it was made, however it was typed.
    package static func canonical(_ text: String) -> String {
        let known = text.prefix(64).uppercased().compactMap { character -> Character? in
            switch character {
            case "O": "0"
            case "I", "L": "1"
            default: alphabet.contains(character) ? character : nil
            }
        }
        return stride(from: 0, to: known.count, by: 5).map {
            String(known[$0..<min($0 + 5, known.count)])
        }.joined(separator: "-")
    }
}
