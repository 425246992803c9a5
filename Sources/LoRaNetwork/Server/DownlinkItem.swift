/// The owner's number of a queued downlink.
package struct DownlinkItemID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// An application's downlink in the queue of its device.
package struct DownlinkItem: Hashable, Sendable {
    package var id: DownlinkItemID
    /// 1 to 223.
    package var fPort: UInt8
    package var payload: [UInt8]
    package var isConfirmed: Bool
    /// Higher goes first; equal ones in the order in which they came.
    package var priority: Int
    /// It is not sent from then on.
    package var expiresAt: NetworkInstant?

    package init(
        id: DownlinkItemID, fPort: UInt8, payload: [UInt8], isConfirmed: Bool = false, priority: Int = 0,
        expiresAt: NetworkInstant? = nil
    ) {
        self.id = id
        self.fPort = fPort
        self.payload = payload
        self.isConfirmed = isConfirmed
        self.priority = priority
        self.expiresAt = expiresAt
    }
}

/// What became of a queued downlink. After all but `sent` of a confirmed one it is out of the queue.
package enum ItemState: Hashable, Sendable {
    /// A gateway has taken it. An unconfirmed one is done with.
    case sent(counter: UInt32)
    case acknowledged
    case refused(ItemRefusal)
    case expired
    /// Confirmed: sent as often as allowed, never acknowledged. Unconfirmed: no gateway took it.
    case undelivered
    case cancelled
    /// It stays in the queue: no gateway was asked, or none could be. The next try comes by itself, or
    /// with the next uplink.
    case delayed(DownlinkRefusal)
}

package enum ItemRefusal: Hashable, Sendable {
    /// More than fits into any frame that the device can get now.
    case tooLong(limit: Int)
    /// The device has no session, or is unknown.
    case notActivated
    /// `NetworkLimits.queuedItems`.
    case queueFull
    case badPort
}
