package import EdgeModel

/// What a password must be. Nothing is asked of what it is made of.
package enum PasswordRule {
    package static let lengths = 10...256

    /// The password's bytes. Throws `invalid` for one that is too short or too long.
    package static func check(_ password: String) throws -> SecretBytes {
        let length = password.unicodeScalars.count
        guard lengths.contains(length) else {
            throw EdgeError.invalid(
                "password: \(lengths.lowerBound) to \(lengths.upperBound) characters are expected")
        }
        return SecretBytes(Array(password.utf8))
    }

    /// The bytes of what somebody says their password is; of one that cannot be, the first.
    static func attempt(_ password: String) -> SecretBytes {
        SecretBytes(Array(password.utf8.prefix(lengths.upperBound * 4)))
    }
}
