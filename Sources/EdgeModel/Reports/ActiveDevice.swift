/// A device of the list of active ones.
package struct ActiveDevice: Sendable {
    /// Its row: where the next page begins.
    package let row: Int64
    package let id: DeviceID
    package let name: String
    package let lastSeenAt: Timestamp?

    package init(row: Int64, id: DeviceID, name: String, lastSeenAt: Timestamp?) {
        self.row = row
        self.id = id
        self.name = name
        self.lastSeenAt = lastSeenAt
    }
}
