import CoreMetrics
package import EdgeModel
package import EdgeStore
import LoRaNetwork
package import Logging
import ServiceLifecycle

/// Runs the LoRaWAN network server: feeds it what was heard, ordered and answered, makes durable what
/// it decides, and only then sends.
///
/// Rules and times are `NetworkServer`'s, a value. A device is read from the store when it is first
/// heard or written to, so that those that never join cost nothing.
package actor NetworkService: Service {
    let store: Store
    let clock: EdgeClock
    let link: NetworkLink
    let logger: Logger
    let metrics = NetworkMetrics()
    /// Where a device without a profile is.
    let region: LoRaWANProfile.Region
    private let transmit: @Sendable (RadioDownlink) -> Void

    var server = NetworkServer<DeviceHandle>()
    var known: [DeviceHandle: KnownDevice] = [:]
    /// Of the known devices, those that were registered with a JoinEUI. What the device says decides.
    var registeredJoinEUIs: [DeviceHandle: EUI64] = [:]
    var registryRevision: Int64
    /// What is to be written with the next commit.
    var changes = NetworkChanges()
    var sessionChanges: [SessionChange] = []
    /// Downlinks that are not finished, by the number that the server knows them by.
    var downlinks: [DownlinkItemID: WaitingDownlink] = [:]
    var outgoing: [RadioDownlink] = []
    /// Something that goes out depends on what is not yet written.
    var mustCommit = false
    /// A commit failed: what is sent may depend on any of what is kept for the next.
    private var isBehind = false
    /// Each of a hundred joins a second is logged, but no flood of them.
    var requestLines = LineAllowance(
        each: .init(burst: 20, sustained: 0.2), all: .init(burst: 2_000, sustained: 200))
    /// They are more than lines and counters: a device has agreed to something, a downlink has arrived.
    var hasNews = false
    /// When the first of `changes` came; nil while there is none.
    private var changedSince: CommitDemand.Instant?
    /// How long they may wait for a commit of their own where nobody asks for them.
    private let commitInterval: Duration

    struct KnownDevice {
        var startedAt: Timestamp?
        var lastUplinkAt: Timestamp?
    }

    struct WaitingDownlink {
        var id: DownlinkID
        var device: DeviceHandle
        var attempts: Int
        /// FCntDown of the last of them.
        var frameCounter: UInt32?
        var isConfirmed: Bool
        /// Why the last try failed.
        var reason: String?
        /// It was taken back while a gateway had it.
        var isCancelled = false
    }

    /// Looks at least this often.
    private static let longestPause = Duration.seconds(2)
    /// What a restart must not forget waits no longer.
    private static let newsInterval = Duration.seconds(1)
    /// After a commit that failed.
    private static let retryInterval = Duration.seconds(1)
    /// What is to be answered gets to the disk within this, or is not answered in this window.
    private static let durableWithin = Duration.milliseconds(500)
    /// What is done between two looks at what is to be committed and sent.
    private static let workLimit = 1_000

    /// `transmit` hands a downlink to its gateway; answers come over the link. Logged lines and counters may
    /// wait for `commitInterval` where nobody looks at them.
    package init(
        store: Store, link: NetworkLink, region: LoRaWANProfile.Region,
        commitInterval: Duration = CommitDemand.looking,
        transmit: @escaping @Sendable (RadioDownlink) -> Void, logger: Logger
    ) {
        self.store = store
        self.link = link
        self.region = region
        self.commitInterval = commitInterval
        self.transmit = transmit
        self.logger = logger
        clock = store.clock
        registryRevision = store.registryRevision
        store.networkDemand.onDemand { link.wake() }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.attempt { try await self.loadWaiting() }
            while !Task.isCancelled {
                await self.round()
                await self.link.wait(atMost: self.pause)
            }
        }
        await commit()
        try await gracefulShutdown()
    }

    /// One look at what waits.
    private func round() async {
        await attempt { try await takeRegistryChanges() }
        let work = link.take(atMost: Self.workLimit)
        await attempt { try await learn(devices: work.compactMap(\.device)) }
        for item in work {
            if case .shared(let device) = item {
                await attempt { try await refresh(device) }
            } else {
                take(item)
            }
        }
        metrics.droppedLines.increment(by: link.takeWithheld())
        let now = clock.now()
        while let deadline = server.nextDeadline, deadline <= NetworkInstant(now.monotonic) {
            perform(server.handle(.timer, at: NetworkInstant(now.monotonic)), at: now)
        }
        await settle()
    }

    private var pause: Duration {
        var pause = Self.longestPause
        if changedSince != nil { pause = min(pause, commitDue - .now) }
        guard let deadline = server.nextDeadline else { return max(.zero, pause) }
        let now = NetworkInstant(clock.now().monotonic)
        return max(.zero, min(pause, .nanoseconds((deadline - now).nanoseconds)))
    }

    private var commitDue: CommitDemand.Instant {
        let isMuch =
            changes.sessions.count >= NetworkChanges.sessionLimit
            || changes.frames.count >= NetworkChanges.lineLimit / 2
        var patience = hasNews ? min(Self.newsInterval, commitInterval) : commitInterval
        if isMuch { patience = min(patience, CommitDemand.looking) }
        if isBehind { patience = Self.retryInterval }
        return store.networkDemand.deadline(since: changedSince ?? .now, patience: patience)
    }

    /// Makes durable what must be, first what is answered, then what was decided; then sends.
    private func settle() async {
        link.change(sessionChanges)
        sessionChanges = []
        if changedSince == nil, !changes.isEmpty {
            changedSince = .now
            store.networkDemand.hold()
        }
        if !outgoing.isEmpty, await !store.packetDemand.settle(atMost: Self.durableWithin) {
            return refuseOutgoing()
        }
        let mustCommit = mustCommit || isBehind && !outgoing.isEmpty
        if mustCommit || changedSince != nil && commitDue <= .now {
            let isWritten = await commit()
            if mustCommit, !isWritten { return refuseOutgoing() }
        }
        self.mustCommit = false
        let sending = outgoing
        outgoing = []
        for downlink in sending {
            transmit(downlink)
            metrics.sent.increment()
        }
    }

    /// What cannot be made durable must not go out: a counter could be used twice.
    private func refuseOutgoing() {
        for downlink in outgoing {
            link.offer(.answered(DownlinkAnswer(reference: downlink.reference, outcome: .notStored)))
        }
        outgoing = []
        mustCommit = false
    }

    /// True when everything is on the disk, the packets first: a counter that is there before its packet
    /// would refuse it when the journal is taken up. What could not be written is kept for the next time.
    @discardableResult
    func commit() async -> Bool {
        let writing = changes
        let held = store.networkDemand.heldThrough
        changes = NetworkChanges()
        changedSince = nil
        let hadNews = hasNews
        hasNews = false
        do {
            guard await store.packetDemand.settle(atMost: Self.durableWithin) else {
                throw EdgeError(.unavailable, "what was heard before is not on the disk")
            }
            try await store.commit(writing)
            isBehind = false
            store.networkDemand.committed(through: held)
            return true
        } catch {
            note(error, isNews: !isBehind)
            isBehind = true
            changes = writing.followed(by: changes)
            changedSince = .now
            hasNews = hasNews || hadNews
            store.networkDemand.failed()
            return false
        }
    }

    private func attempt(_ body: () async throws -> Void) async {
        do { try await body() } catch { note(error) }
    }

    /// Counts a failure; says it where it is news.
    private func note(_ error: any Error, isNews: Bool = true) {
        guard !Task.isCancelled else { return }
        metrics.failures.increment()
        guard isNews else { return }
        logger.error("the network server cannot use the store", metadata: ["error": "\(error)"])
    }
}

extension NetworkChanges {
    /// Lines of the frame log that may wait for a commit: what comes faster is for packets to tell, and
    /// beyond the log's own memory within a minute.
    static let lineLimit = 4_000

    /// Devices whose sessions may wait for a commit; with more, it comes within a fifth of a second: each
    /// takes one of the packets before it.
    static let sessionLimit = 1_000

    /// These, and then `later` ones, as one.
    func followed(by later: NetworkChanges) -> NetworkChanges {
        var all = self
        for (device, sessions) in later.sessions {
            all.sessions[device, default: [:]].merge(sessions) { _, newer in newer }
        }
        all.joins.merge(later.joins) { _, newer in newer }
        for (device, claims) in later.claims {
            all.claims[device, default: [:]].merge(claims) { first, _ in first }
        }
        all.downlinks.merge(later.downlinks) { _, newer in newer }
        all.frames = Array((frames + later.frames).suffix(Self.lineLimit))
        return all
    }
}

extension NetworkInstant {
    init(_ instant: MonotonicInstant) { self.init(nanoseconds: Int64(clamping: instant.nanoseconds)) }
}
