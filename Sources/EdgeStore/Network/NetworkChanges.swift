package import EdgeModel

/// What the network server wants to be durable, in one transaction.
package struct NetworkChanges: Sendable {
    /// By device and session number; nil ends the session.
    package var sessions: [DeviceHandle: [UInt32: LoRaWANSession?]] = [:]
    /// The sealed record of a device's joins, encoded by the network server.
    package var joins: [DeviceHandle: SecretBytes] = [:]
    /// Uplink counters of sessions that another gateway answers, and that were heard here: the first of
    /// each session.
    package var claims: [DeviceHandle: [UInt32: UInt32]] = [:]
    package var downlinks: [DownlinkID: Downlink.Progress] = [:]
    /// Lines for the frame log, in order; a device is nil where none is known.
    package var frames: [(device: DeviceHandle?, frame: LoggedFrame)] = []

    package init() {}

    package var isEmpty: Bool {
        sessions.isEmpty && joins.isEmpty && claims.isEmpty && downlinks.isEmpty && frames.isEmpty
    }
}

/// What the network server has to know of a device, as it was last made durable.
package struct NetworkState: Sendable {
    package var sessions: [LoRaWANSession] = []
    package var joins: SecretBytes?
    /// What other gateways remember of its joins.
    package var sharedJoins: SecretBytes?
    /// Those that are not finished, in the order of their creation.
    package var downlinks: [Downlink] = []

    package init() {}
}
