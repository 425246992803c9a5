package import EdgeModel
package import EdgeStore

/// How LoRaWAN devices stand with the network: their sessions, the nonces that they have used, and the
/// frames that went to and fro.
package struct Activations: Sendable {
    private let store: Store
    private let network: NetworkControl

    /// Lines of the frame log on one page.
    package static let frameLimit = 1_000
    /// Lines that are kept.
    package static let keptFrames = Store.frameLogLimit
    /// The longest that a reader of the frame log may wait for a line.
    package static let longestWait = Duration.seconds(15)

    package init(store: Store, network: NetworkControl) {
        self.store = store
        self.network = network
    }

    /// The sessions of a device, newest first: two between a join and the first frame after it.
    package func sessions(of device: DeviceID, in organization: OrganizationID) async throws
        -> [LoRaWANSession.Summary]
    {
        guard let sessions = try await store.sessionSummaries(of: device, in: organization) else {
            throw Downlinks.noDevice
        }
        return sessions
    }

    /// Lets a device join with a DevNonce that it has used before: for one that was reset, or replaced.
    package func clearNonces(of device: DeviceID, in organization: OrganizationID, by origin: Origin)
        async throws
    {
        guard let handle = try await store.handle(of: device, in: organization) else {
            throw Downlinks.noDevice
        }
        try await network.clearNonces(handle)
        try await store.note(
            AuditNote(
                .noncesClear, by: origin, at: store.clock.now().wall, in: organization,
                object: device.rawValue))
    }

    /// A page of the frame log. One that follows waits up to `wait` for the first line.
    package func frames(_ query: LoggedFrameQuery, wait: Duration) async throws -> [LoggedFrame] {
        let deadline = store.clock.now().monotonic.nanoseconds + UInt64(wait.microseconds) * 1_000
        while true {
            let seen = store.frameLogged.count
            let frames = try await store.loggedFrames(query)
            let now = store.clock.now().monotonic.nanoseconds
            guard frames.isEmpty, query.follows, now < deadline, !Task.isCancelled else { return frames }
            await store.networkDemand.whileListening(CommitDemand.looking) {
                await store.frameLogged.wait(after: seen, atMost: .nanoseconds(Int64(deadline - now)))
            }
        }
    }
}
