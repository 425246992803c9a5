/// A downlink's identifier. Opaque text; generated ones are UUIDs.
package struct DownlinkID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
}

/// Application data that waits to be sent to a LoRaWAN device, and what became of it.
package struct Downlink: Sendable {
    package var id: DownlinkID
    package var device: DeviceID
    package var fPort: UInt8
    package var payload: [UInt8]
    /// The device acknowledges it, and it is sent again until it does.
    package var isConfirmed: Bool
    /// Higher goes first; equal ones in the order of their creation.
    package var priority: Int
    /// How long it may wait, by the monotonic clock; nil is for ever.
    package var lifetime: Duration?
    package var createdAt: BootMoment
    package var progress: Progress

    /// How far it has come.
    package struct Progress: Hashable, Sendable {
        package var state: State
        /// Why it was refused, or the last attempt failed.
        package var reason: String?
        /// Transmissions that a gateway accepted.
        package var attempts: Int
        /// FCntDown of the last of them.
        package var frameCounter: UInt32?
        package var changedAt: Timestamp

        package init(
            state: State, reason: String? = nil, attempts: Int = 0, frameCounter: UInt32? = nil,
            changedAt: Timestamp
        ) {
            self.state = state
            self.reason = reason
            self.attempts = attempts
            self.frameCounter = frameCounter
            self.changedAt = changedAt
        }
    }

    package enum State: String, CaseIterable, Sendable {
        /// Waits for its turn.
        case queued
        /// A gateway has taken it; a confirmed one then waits for the device.
        case sent
        /// The device has acknowledged it.
        case acknowledged
        /// It cannot be sent; `reason` says why.
        case refused
        /// Its lifetime ended before it could be sent.
        case expired
        /// The device has not acknowledged any of its attempts.
        case undelivered
        /// Taken back by who ordered it.
        case cancelled
    }

    package init(
        id: DownlinkID, device: DeviceID, fPort: UInt8, payload: [UInt8], isConfirmed: Bool, priority: Int,
        lifetime: Duration?, createdAt: BootMoment, progress: Progress
    ) {
        self.id = id
        self.device = device
        self.fPort = fPort
        self.payload = payload
        self.isConfirmed = isConfirmed
        self.priority = priority
        self.lifetime = lifetime
        self.createdAt = createdAt
        self.progress = progress
    }

    /// Nothing further will become of it.
    package var isFinished: Bool {
        switch progress.state {
        case .queued: false
        case .sent: !isConfirmed
        case .acknowledged, .refused, .expired, .undelivered, .cancelled: true
        }
    }
}
