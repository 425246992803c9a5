import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging
import SyncProtocol

/// Keeps one central up to date, until its upstream is removed or the task is cancelled.
struct UpstreamWorker {
    /// Rows beyond what was sent that may be sent before it is written down again.
    private static let reservation: Int64 = 2_000
    /// Less often than this, progress is not worth a write.
    private static let noteInterval = Duration.seconds(5)

    let store: Store
    let options: SyncOptions
    let client: CentralClient
    let logger: Logger
    let metrics = SyncMetrics()
    var upstream: Upstream
    var planner: SyncPlanner
    var generator = SystemRandomNumberGenerator()
    var revision: Int64
    /// Sessions that were written up to here have gone up.
    var sessionsSent: Int64 = -1
    var isRemoved = false
    var isLeading = false
    var ahead: PreparedBatch?
    var noted: UpstreamProgress
    var notedAt: MonotonicInstant
    var countedAt = MonotonicInstant(nanoseconds: 0)
    var rate = DrainRate()

    init(
        _ upstream: Upstream, store: Store, options: SyncOptions, resolver: AddressResolver, logger: Logger
    ) throws {
        self.store = store
        self.options = options
        self.upstream = upstream
        var logger = logger
        logger[metadataKey: "upstream.id"] = "\(upstream.id)"
        self.logger = logger
        client = CentralClient(
            connection: CentralConnection(
                url: try DestinationURL(upstream.url), pin: upstream.pin, resolver: resolver,
                clock: store.clock), credential: upstream.credential)
        planner = SyncPlanner(
            retry: options.retry, timings: options.timings, bytesPerSecond: options.bytesPerSecond,
            verified: upstream.arrived)
        // Behind, so that the first step looks at all of them.
        revision = -1
        noted = UpstreamProgress(upstream)
        notedAt = store.clock.now().monotonic
    }

    mutating func run() async {
        while !Task.isCancelled, !isRemoved {
            // Looked at first, so that no change falls between the looks and the waiting.
            let seen = store.changes.count
            do {
                try await step(seen)
            } catch {
                if Task.isCancelled { break }
                await fail("\(error)", asked: nil)
            }
        }
        await client.connection.close()
        guard !isRemoved else { return }
        do {
            try await store.note(UpstreamProgress(upstream), of: upstream.id)
        } catch {
            // The next start begins further back and sends again what has arrived: a repeat, no loss.
            logger.warning("progress not noted", metadata: ["error": "\(error)"])
        }
    }

    mutating func step(_ seen: UInt64) async throws {
        try await reloadIfChanged()
        if isRemoved { return }
        if upstream.isPaused {
            await client.connection.close()
            options.board.update(upstream.id) { $0.state = .paused }
            planner.restart()
            await store.changes.wait(after: seen)
            return
        }
        let now = store.clock.now().monotonic
        // The registry has one truth: that of the oldest upstream.
        let registry =
            isLeading
            ? SyncPlanner.RegistryState(epoch: upstream.centralEpoch, revision: upstream.registryRevision)
            : planner.centralRegistry ?? SyncPlanner.RegistryState(epoch: "", revision: 0)
        let action = planner.next(
            last: store.lastSequence, registry: registry, settings: isLeading ? settingsInForce : nil,
            hasOperations: store.registryRevision > upstream.operationsMark,
            sessions: isLeading ? sessionsHere : nil, at: now)
        switch action {
        case .wait(let moment):
            await show()
            try await noteProgress(at: now)
            await store.changes.wait(after: seen, atMost: max(.milliseconds(20), moment.since(now)))
        case .report: try await report()
        case .send(let range): try await send(range)
        case .verify(let range): try await verify(range)
        case .sendUpdates: try await sendUpdates()
        case .sendOperations: try await sendOperations()
        case .fetchSettings: try await fetchSettings()
        case .fetchRegistry: try await fetchRegistry()
        case .exchangeSessions: try await exchangeSessions()
        case .sendRecords: try await sendRecords()
        }
    }

    mutating func reloadIfChanged() async throws {
        let latest = store.upstreamRevision
        guard latest != revision else { return }
        let all = try await store.upstreams().filter { $0.organization == upstream.organization }
        isLeading = all.first { $0.hubble == nil }?.id == upstream.id
        guard let changed = all.first(where: { $0.id == upstream.id }) else {
            isRemoved = true
            return
        }
        upstream.isPaused = changed.isPaused
        upstream.sendsRawFrames = changed.sendsRawFrames
        if !changed.isPaused { options.board.update(upstream.id) { $0.state = .starting } }
        revision = latest
    }

    // MARK: Saying

    mutating func report() async throws {
        let epoch = store.epoch
        let known = planner.received ?? upstream.arrived
        let backlog = try await store.backlog(beyond: known)
        let discards = try await store.discards()
        let now = store.clock.now()
        var report = GatewayReport(
            version: options.version, clock: "\(store.clock.quality)", epoch: epoch.description,
            lastSequence: store.lastSequence, waiting: backlog.rows,
            oldestWaitingSeconds: backlog.oldest.map { max(0, Int(now.wall.seconds - $0.seconds)) },
            droppedUnsent: discards.filter { $0.key.hasSuffix("_unsent") }.values.reduce(0, +),
            unopenedFrames: try await store.rawFrameCount(), contradictions: upstream.contradictions,
            registryRevision: upstream.registryRevision, radios: radios(at: now))
        report.settingsRevision = upstream.settings.revision
        report.health = GatewayReport.Health(
            freeBytes: max(0, store.freeBytes),
            uptimeSeconds: Int(now.monotonic.since(options.began).components.seconds),
            isDamaged: store.isDamaged, quarantined: store.quarantinedPackets,
            discarded: discards.values.reduce(0, +))
        let reply = try await client.report(report)
        if await take(reply, epoch: epoch) {
            planner.reported(at: store.clock.now().monotonic)
            await show()
        }
    }

    func radios(at now: ClockReading) -> [GatewayReport.Radio] {
        options.radios.snapshot().sorted { $0.id.rawValue < $1.id.rawValue }
            .prefix(GatewayReport.radioLimit).map { radio in
                var shown = GatewayReport.Radio(
                    id: String(radio.id.rawValue.prefix(128)), kind: "\(radio.kind)",
                    silentSeconds: Int(now.monotonic.since(radio.lastSeen.monotonic).components.seconds),
                    received: radio.statistics.received)
                shown.receivedWithValidCRC = radio.statistics.receivedWithValidCRC
                shown.forwarded = radio.statistics.forwarded
                shown.downlinksSent = radio.statistics.downlinksSent
                shown.acknowledgedPercent = radio.statistics.acknowledgedPercent
                shown.temperature = radio.statistics.temperature
                return shown
            }
    }

    mutating func send(_ range: ClosedRange<Int64>) async throws {
        let batch: PreparedBatch
        if let ready = ahead, ready.epoch == store.epoch, ready.range.lowerBound == range.lowerBound,
            ready.range.upperBound <= range.upperBound
        {
            batch = ready
        } else {
            batch = try await PreparedBatch.make(from: store, upstream.organization, range)
        }
        ahead = nil
        try await reserve(through: batch.range.upperBound)
        let (client, store, organization) = (client, store, upstream.organization)
        let rest = batch.range.upperBound < range.upperBound ? batch.range.upperBound + 1 : nil
        async let next = PreparedBatch.makeIfAny(from: store, organization, rest, range.upperBound)
        let reply = try await client.send(batch.packed)
        ahead = try await next
        let now = store.clock.now().monotonic
        planner.used(bytes: batch.packed.count, at: now)
        guard await take(reply, epoch: batch.epoch) else { return }
        planner.sent(batch.range, at: now)
        upstream.arrived = planner.verified
        metrics.sent(batch.count, bytes: batch.packed.count)
        options.board.update(upstream.id) { status in
            status.packetsSent += batch.count
            status.bytesSent += batch.packed.count
        }
        rate.confirmed(Int(batch.range.upperBound - batch.range.lowerBound + 1), at: now)
        try await noteProgress(at: now)
    }

    mutating func sendUpdates() async throws {
        guard let arrived = planner.received else { return }
        // What was read before may lack what is passed over here as not sent yet.
        ahead = nil
        let epoch = store.epoch
        let found = try await store.outgoingUpdates(
            upstream.organization, after: upstream.updatesMark, arrived: arrived, limit: SyncBatch.rowLimit)
        let isDone = found.updates.count < SyncBatch.rowLimit / 2
        if !found.updates.isEmpty {
            let batch = SyncBatch(epoch: epoch, range: nil, updates: found.updates)
            let packed = try PreparedBatch.pack(batch)
            let reply = try await client.send(packed)
            planner.used(bytes: packed.count, at: store.clock.now().monotonic)
            guard await take(reply, epoch: epoch) else { return }
            options.board.update(upstream.id) { $0.bytesSent += packed.count }
        }
        upstream.updatesMark = found.through
        planner.updated(isDone: isDone, at: store.clock.now().monotonic)
    }

    // MARK: The registry

    mutating func sendOperations() async throws {
        let found = try await store.outgoingOperations(
            upstream.organization, after: upstream.operationsMark, isLeading: isLeading)
        if !found.operations.isEmpty {
            if let problem = try await client.merge(found.operations, as: upstream) {
                return await fail(problem, asked: nil)
            }
            logger.info("changes of devices went up", metadata: ["devices": "\(found.operations.count)"])
        }
        try await store.noteOperations(through: found.through, of: upstream.id)
        upstream.operationsMark = found.through
    }

    /// Page by page, each in force before the next is asked for.
    mutating func fetchRegistry() async throws {
        guard let central = planner.centralRegistry else { return }
        let isContinued = central.epoch == upstream.centralEpoch
        if !isContinued || central.revision < upstream.registryRevision { upstream.registryRevision = 0 }
        switch try await client.registry(after: upstream.registryRevision, as: upstream) {
        case .failed(let reason): await fail(reason, asked: nil)
        case .page(let page):
            if isLeading, let needed = page.settingsRevision, settingsInForce.revision < needed {
                return planner.settingsAreBehind(needed)
            }
            try await store.apply(page, of: upstream)
            options.registryChanged()
            upstream.registryRevision = page.revision
            upstream.centralEpoch = central.epoch
            if page.isLast { planner.registryIsCurrent() }
            options.board.update(upstream.id) { $0.registryRevision = page.revision }
            try await note(at: store.clock.now().monotonic)
        }
    }

    // MARK: Keeping

    /// What may be sent is written down first, so that no later change of it is missed.
    mutating func reserve(through sequence: Int64) async throws {
        guard sequence > upstream.reserved else { return }
        upstream.reserved = sequence + Self.reservation
        try await note(at: store.clock.now().monotonic)
    }

    mutating func noteProgress(at now: MonotonicInstant) async throws {
        guard now.since(notedAt) >= Self.noteInterval else { return }
        var progress = UpstreamProgress(upstream)
        // A contact alone is no progress.
        progress.confirmedAt = noted.confirmedAt
        guard progress != noted else { return }
        try await note(at: now)
    }

    mutating func note(at now: MonotonicInstant) async throws {
        let progress = UpstreamProgress(upstream)
        try await store.note(progress, of: upstream.id)
        (noted, notedAt) = (progress, now)
    }

    /// Shows how much waits, at most once a second.
    mutating func show(evenNow: Bool = false) async {
        let now = store.clock.now().monotonic
        guard evenNow || now.since(countedAt) >= .seconds(1) else { return }
        countedAt = now
        let known = planner.received ?? upstream.arrived
        // What is shown is then a second older; the sending itself says what fails.
        guard let backlog = try? await store.backlog(beyond: known) else { return }
        let rate = rate.perSecond
        options.board.update(upstream.id) { status in
            status.waiting = backlog.rows
            status.oldestWaiting = backlog.oldest
            status.rate = rate
        }
    }
}
