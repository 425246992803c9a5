/// A frame that no registered key opens, as it is served.
package struct UnopenedFrame: Sendable {
    /// Derived from the bytes: one frame has one identifier everywhere.
    package var id: UniqueID
    package var platform: Platform
    /// Hubble service data, or a LoRaWAN `PHYPayload`.
    package var bytes: [UInt8]
    package var clockQuality: ClockQuality
    /// Who heard it first, and how often it was heard in all.
    package var reception: Reception
    package var place: Place

    /// Where a frame stands in the order in which frames are listed: by first reception.
    package struct Place: Hashable, Sendable {
        package var receivedAt: Timestamp
        /// Tells frames of one moment apart.
        package var number: Int64

        package init(receivedAt: Timestamp, number: Int64) {
            self.receivedAt = receivedAt
            self.number = number
        }
    }

    package init(
        id: UniqueID, platform: Platform, bytes: [UInt8], clockQuality: ClockQuality, reception: Reception,
        place: Place
    ) {
        self.id = id
        self.platform = platform
        self.bytes = bytes
        self.clockQuality = clockQuality
        self.reception = reception
        self.place = place
    }
}

/// Which unopened frames: those behind a place and before a moment.
package struct UnopenedFrameQuery: Sendable {
    package var after: UnopenedFrame.Place
    package var before: Timestamp
    package var platform: Platform?
    package var limit: Int

    package init(after: UnopenedFrame.Place, before: Timestamp, platform: Platform?, limit: Int) {
        self.after = after
        self.before = before
        self.platform = platform
        self.limit = limit
    }
}
