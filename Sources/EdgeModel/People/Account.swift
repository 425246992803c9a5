/// A person who can log in. Opaque text; generated ones are UUIDs.
package struct AccountID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// What a person may do in an organization.
package enum Role: String, CaseIterable, Sendable {
    case admin, member

    /// A member works with devices, packets and webhooks, and has nothing to do with keys, people or
    /// bills.
    package var permissions: Set<Permission> {
        switch self {
        case .admin: Permission.all
        case .member:
            Permission.all.filter { permission in
                switch permission.resource {
                case .devices, .packets, .webhooks, .metrics: true
                case .organization: permission.verb == .read
                default: false
                }
            }
        }
    }
}

/// An e-mail address that can be one: `local@domain`, as it was given.
package struct EmailAddress: Sendable, CustomStringConvertible {
    package let text: String

    /// Two addresses are the same when these are.
    package var folded: String { text.lowercased() }

    package var description: String { text }

    /// Nil for anything with blanks or control characters, and for more than 254 bytes.
    package init?(_ text: String) {
        guard text.utf8.count <= 254, let at = text.lastIndex(of: "@") else { return nil }
        let (local, domain) = (text[..<at], text[text.index(after: at)...])
        guard (1...64).contains(local.utf8.count), Self.isDotted(local, Self.isLocal),
            Self.isDotted(domain, Self.isDomain),
            !domain.hasPrefix("-"), !domain.hasSuffix("-")
        else { return nil }
        self.text = text
    }

    /// Parts between dots, none of them empty.
    private static func isDotted(_ text: Substring, _ isAllowed: (Unicode.Scalar) -> Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.unicodeScalars.allSatisfy(isAllowed)
        }
    }

    /// RFC 5322's `atext`, and letters beyond ASCII (RFC 6531).
    private static func isLocal(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
            : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func isDomain(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}

/// A person's name in two parts, either of which may be empty. Together they read as it was given.
package struct PersonName: Hashable, Sendable {
    package var first: String
    package var last: String

    package init(first: String, last: String) {
        self.first = first
        self.last = last
    }

    /// The first word, and what follows it.
    package init(_ full: String) {
        let parts = full.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        first = String(parts.first ?? "")
        last = parts.count > 1 ? String(parts[1]) : ""
    }

    package var full: String {
        first.isEmpty || last.isEmpty ? first + last : "\(first) \(last)"
    }
}

/// An account, with what it takes to check its password.
package struct Account: Sendable {
    package var id: AccountID
    package var email: EmailAddress
    package var name: PersonName
    /// In the form of `PasswordHasher`.
    package var passwordHash: SecretBytes
    package var createdAt: Timestamp

    package init(
        id: AccountID, email: EmailAddress, name: PersonName, passwordHash: SecretBytes, createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.passwordHash = passwordHash
        self.createdAt = createdAt
    }
}

/// An account as a member of an organization.
package struct User: Sendable {
    package var account: AccountID
    package var email: EmailAddress
    package var name: PersonName
    package var role: Role
    /// When the account was made.
    package var createdAt: Timestamp
    package var addedAt: Timestamp
    package var updatedAt: Timestamp
    package var lastLoginAt: Timestamp?

    package init(
        account: AccountID, email: EmailAddress, name: PersonName, role: Role, createdAt: Timestamp,
        addedAt: Timestamp, updatedAt: Timestamp, lastLoginAt: Timestamp? = nil
    ) {
        self.account = account
        self.email = email
        self.name = name
        self.role = role
        self.createdAt = createdAt
        self.addedAt = addedAt
        self.updatedAt = updatedAt
        self.lastLoginAt = lastLoginAt
    }
}

/// One page of users, and how many there are in all.
package struct UserPage: Sendable {
    package var users: [User]
    package var total: Int

    package init(users: [User], total: Int) {
        self.users = users
        self.total = total
    }
}
