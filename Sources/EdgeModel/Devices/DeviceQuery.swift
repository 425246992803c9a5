/// Which devices, in what order, from where.
package struct DeviceQuery: Sendable {
    package enum Sort: String, CaseIterable, Sendable {
        case name
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    /// One tag, and the values that satisfy it.
    package struct TagFilter: Hashable, Sendable {
        package var name: String
        package var values: [String]
        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// The place of a device in the order: continue after it.
    package enum Cursor: Hashable, Sendable {
        case name(String, row: Int64)
        case time(Int64, row: Int64)
    }

    package var organization: OrganizationID
    /// Each must hold.
    package var tags: [TagFilter] = []
    /// A part of the name, in any case.
    package var namePattern: String?
    /// Strictly after.
    package var createdAfter: Timestamp?
    /// Strictly before.
    package var createdBefore: Timestamp?
    /// From the first to before the second.
    package var createdWithin: Range<Timestamp>?
    package var seenWithin: Range<Timestamp>?
    package var sort = Sort.createdAt
    package var ascending = true
    package var limit: Int
    package var after: Cursor?

    package init(organization: OrganizationID, limit: Int) {
        self.organization = organization
        self.limit = limit
    }
}

/// One page of devices.
package struct DevicePage: Sendable {
    package var devices: [Device]
    /// Where the next page begins; nil on the last.
    package var next: DeviceQuery.Cursor?

    package init(devices: [Device], next: DeviceQuery.Cursor?) {
        self.devices = devices
        self.next = next
    }
}
