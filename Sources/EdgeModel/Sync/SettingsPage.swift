/// What a central and its gateways share beside devices. The raw value is what both sides call it.
package enum SettingsKind: String, CaseIterable, Sendable {
    /// What the organization says of itself.
    case organization
    case codec
    case profile
    /// An API key, by its hash.
    case key
    /// A member, with the hash of the password.
    case user
    /// A webhook that the gateways deliver.
    case webhook

    /// Raised when there are more kinds, or devices have more fields: a gateway that was told less before
    /// then begins anew.
    package static let format = 2
}

/// One thing of a central's organization as its gateways get it, or of a gateway as its central does.
package struct SettingsItem: Hashable, Sendable, Codable {
    /// `SettingsKind`, or what a later version has.
    package var kind: String
    package var id: String
    /// By name; a name that is not known says nothing, one that is missing leaves what is there. Numbers
    /// are decimal, bytes hexadecimal. Nil when the thing is gone.
    package var fields: [String: String]?

    package init(kind: SettingsKind, id: String, fields: [String: String]?) {
        self.kind = kind.rawValue
        self.id = id
        self.fields = fields
    }

    /// About how many bytes it takes.
    package var weight: Int {
        (fields ?? [:]).reduce(64) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }
}

/// A part of what a central shares: things in the order of their changes.
package struct SettingsPage: Hashable, Sendable, Codable {
    /// Things of one page.
    package static let limit = 200
    /// About how many bytes of things a page has at most, unless a single one is larger.
    package static let weightLimit = 524_288

    package var items: [SettingsItem]
    /// Everything up to here is in force once these are.
    package var revision: Int64
    package var isLast: Bool
    /// These are the first of all there are, whatever was asked for: what is not among them and those that
    /// follow is gone.
    package var isBeginning: Bool

    package init(items: [SettingsItem], revision: Int64, isLast: Bool, isBeginning: Bool) {
        self.items = items
        self.revision = revision
        self.isLast = isLast
        self.isBeginning = isBeginning
    }
}

/// How much of a central's settings is in force on a gateway.
package struct SettingsProgress: Hashable, Sendable, Codable {
    /// The history of the central that `revision` is of.
    package var epoch = ""
    package var revision: Int64 = 0
    /// Counts the times that all of them were fetched from the beginning.
    package var run: Int64 = 0
    /// Such a time is under way.
    package var isWhole = false
    /// It is the first of a history that was not met before: the central may have lost what devices here
    /// refer to. Nil is no.
    package var isOfNewHistory: Bool?
    /// `SettingsKind.format` of the program that fetched them.
    package var format = 0

    package init() {}
}
