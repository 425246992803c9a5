import EdgeModel

/// What is taken for an e-mail address.
package struct EmailRule: Sendable {
    /// Whose address it is.
    package enum Purpose: Sendable {
        /// Somebody with an account.
        case account
        /// Somebody who is invited, with an account or without.
        case invitee
        /// The organization's contact.
        case contact
    }

    private let placeholders: [Purpose: String]

    /// `local@domain`, and nothing else.
    package static let standard = EmailRule(placeholders: [:])

    /// Beside addresses the text that stands in the reference where addresses were: it is taken for
    /// one of example.com, so that what is stored is an address all the same.
    package static let demonstration = EmailRule(placeholders: [
        .account: DemoData.strangerEmail, .invitee: "colleague@example.com",
        .contact: DemoData.contactEmail,
    ])

    /// What is left of the addresses in the published reference.
    package static let placeholder = "[email protected]"

    /// Throws `invalid` for what is no address.
    func check(_ text: String, of purpose: Purpose, field: String? = nil) throws -> EmailAddress {
        let text = text == Self.placeholder ? placeholders[purpose] ?? text : text
        guard let email = EmailAddress(text) else {
            throw EdgeError.invalid([field, "Invalid email"].compactMap(\.self).joined(separator: ": "))
        }
        return email
    }
}
