/// What an organization says of itself. Texts are nil until somebody gives them.
package struct Organization: Sendable {
    package struct Address: Hashable, Sendable {
        package var street: String?
        package var secondLine: String?
        package var city: String?
        package var state: String?
        package var postalCode: String?
        /// As it was given: a name, or letters of ISO 3166-1.
        package var country: String?

        package init() {}
    }

    package var id: OrganizationID
    package var name: String
    package var address = Address()
    package var contactEmail: String?
    package var contactPhone: String?
    /// A name of the IANA time zone database.
    package var timeZone: String
    package var plan: String
    package var createdAt: Timestamp

    package init(id: OrganizationID, name: String, timeZone: String, plan: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.timeZone = timeZone
        self.plan = plan
        self.createdAt = createdAt
    }
}
