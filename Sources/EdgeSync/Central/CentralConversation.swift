import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging
import SyncProtocol

/// What a gateway says to one central: what its planner says, step by step.
struct CentralConversation: UpstreamConversation {
    /// Rows beyond what was sent that may be sent before it is written down again.
    private static let reservation: Int64 = 2_000

    let client: CentralClient
    let metrics = SyncMetrics()
    var ledger: UpstreamLedger
    var planner: SyncPlanner
    /// Sessions that were written up to here have gone up.
    var sessionsSent: Int64 = -1
    var ahead: PreparedBatch?
    private var updateHalving = Halving(most: SyncBatch.rowLimit)
    var frameHalving = Halving(most: RawFrameBatch.limit)

    init(_ ledger: UpstreamLedger, resolver: AddressResolver) throws {
        let (upstream, options) = (ledger.upstream, ledger.options)
        self.ledger = ledger
        client = CentralClient(
            connection: CentralConnection(
                url: try DestinationURL(upstream.url), pin: upstream.pin, resolver: resolver,
                clock: ledger.store.clock), credential: upstream.credential)
        planner = SyncPlanner(
            timings: options.timings, bytesPerSecond: options.bytesPerSecond, verified: upstream.arrived)
    }

    var store: Store { ledger.store }
    var options: SyncOptions { ledger.options }
    var logger: Logger { ledger.logger }
    var upstream: Upstream {
        get { ledger.upstream }
        set { ledger.upstream = newValue }
    }

    var known: SequenceRanges { planner.received ?? upstream.arrived }

    mutating func advance(at now: MonotonicInstant) async throws -> MonotonicInstant? {
        let isLeading = ledger.isLeading
        let registry =
            isLeading
            ? SyncPlanner.RegistryState(epoch: upstream.centralEpoch, revision: upstream.registryRevision)
            : planner.centralRegistry ?? SyncPlanner.RegistryState(epoch: "", revision: 0)
        let action = planner.next(
            last: store.lastSequence, registry: registry, settings: isLeading ? settingsInForce : nil,
            hasOperations: store.registryRevision > upstream.operationsMark,
            sessions: isLeading ? sessionsHere : nil, held: ledger.troubles.held(at: now), at: now)
        for request in planner.unneeded { ledger.hasSucceeded(request) }
        ledger.asking = action.request
        switch action {
        case .wait(let moment): return moment
        case .report: try await report()
        case .send(let range): try await send(range)
        case .verify(let range): try await verify(range)
        case .sendUpdates: try await sendUpdates()
        case .sendOperations: try await sendOperations()
        case .fetchSettings: try await fetchSettings()
        case .fetchRegistry: try await fetchRegistry()
        case .exchangeSessions: try await exchangeSessions()
        case .sendAudit: try await sendAudit()
        case .sendFrames: try await sendRawFrames()
        }
        return nil
    }

    mutating func forget() {
        ahead = nil
        planner.restart()
    }

    func hangUp() async { await client.connection.close() }

    // MARK: Saying

    mutating func report() async throws {
        let epoch = store.epoch
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
        let answer = try await answer(to: report, epoch)
        if try await take(answer, epoch: epoch) {
            planner.reported(at: ledger.now)
            await ledger.show(beyond: known)
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
        let began = ledger.now
        let batch: PreparedBatch
        if let ready = ahead, ready.epoch == store.epoch, ready.range.lowerBound == range.lowerBound,
            ready.range.upperBound <= range.upperBound
        {
            batch = ready
        } else {
            batch = try await PreparedBatch.make(
                from: store, upstream.organization, range, limit: planner.batchLimit)
        }
        ahead = nil
        try await reserve(through: batch.range.upperBound)
        let (client, store, organization, limit) = (client, store, upstream.organization, planner.batchLimit)
        let rest = batch.range.upperBound < range.upperBound ? batch.range.upperBound + 1 : nil
        async let next = PreparedBatch.makeIfAny(
            from: store, organization, rest, range.upperBound, limit: limit)
        planner.used(bytes: batch.packed.count, rows: batch.count, at: began)
        let answer: SyncAnswer
        do {
            answer = try await client.send(batch.packed)
        } catch UpstreamFailure.rejected(let reason) {
            return try await sift(batch, reason)
        }
        ahead = try await next
        let now = ledger.now
        guard try await take(answer, epoch: batch.epoch) else { return }
        planner.sent(batch.range, rows: batch.count, at: now)
        upstream.arrived = planner.verified
        metrics.sent(batch.count, bytes: batch.packed.count)
        ledger.update { status in
            status.packetsSent += batch.count
            status.bytesSent += batch.packed.count
        }
        ledger.hasConfirmed(
            batch.range.count, in: now.since(began), within: planner.bandwidth.rowsPerSecond)
        await ledger.show(beyond: known)
        try await ledger.noteNowAndThen()
    }

    mutating func sendUpdates() async throws {
        guard let arrived = planner.received else { return }
        // What was read before may lack what is passed over here as not sent yet.
        ahead = nil
        let (epoch, limit) = (store.epoch, min(planner.batchLimit, updateHalving.limit))
        let found = try await store.outgoingUpdates(
            upstream.organization, after: upstream.updatesMark, arrived: arrived, limit: limit)
        let isDone = found.updates.count < max(1, limit / 2)
        if !found.updates.isEmpty {
            let batch = SyncBatch(epoch: epoch, range: nil, updates: found.updates)
            let packed = try PreparedBatch.pack(batch)
            planner.used(bytes: packed.count, rows: found.updates.count, at: ledger.now)
            let answer: SyncAnswer
            do {
                answer = try await client.send(packed)
            } catch UpstreamFailure.rejected(let reason) {
                let verdict = updateHalving.refused(found.updates.count)
                if verdict == .leftOut { upstream.updatesMark = found.through }
                return try follow(verdict, "receptions", of: found.updates[0].id.description, reason)
            }
            updateHalving.taken()
            guard try await take(answer, epoch: epoch) else { return }
            ledger.update { $0.bytesSent += packed.count }
        }
        upstream.updatesMark = found.through
        planner.updated(isDone: isDone, at: ledger.now)
    }

    // MARK: The registry

    /// The central's history, until its registry is in force here.
    var newHistory: String? {
        guard ledger.isLeading, let epoch = planner.centralEpoch else { return nil }
        return epoch == upstream.centralEpoch ? nil : epoch
    }

    /// A central that was restored lacks what has come since: all that is here is offered again, then all
    /// that it has is fetched.
    mutating func notice(_ answer: SyncAnswer) async throws {
        let isOther = upstream.centralEpoch != answer.centralEpoch
        if !upstream.centralEpoch.isEmpty, isOther || answer.registryRevision < upstream.registryRevision {
            logger.notice("the central has another history; all devices are offered again")
            try await store.noteOperations(through: 0, of: upstream.id)
            upstream.operationsMark = 0
            (upstream.centralEpoch, upstream.registryRevision) = ("", 0)
            try await ledger.note()
        }
        // Where the registry is not shared, there is nothing to fetch.
        if !ledger.isLeading, isOther {
            upstream.centralEpoch = answer.centralEpoch
            try await ledger.note()
        }
    }

    mutating func sendOperations() async throws {
        let found = try await store.outgoingOperations(
            upstream.organization, after: upstream.operationsMark, isLeading: ledger.isLeading,
            newHistory: newHistory)
        if !found.operations.isEmpty {
            try await client.merge(found.operations, as: upstream)
            logger.info("changes of devices went up", metadata: ["devices": "\(found.operations.count)"])
        }
        try await store.noteOperations(through: found.through, of: upstream.id)
        upstream.operationsMark = found.through
    }

    /// Page by page, each in force before the next is asked for.
    mutating func fetchRegistry() async throws {
        guard let central = planner.centralRegistry else { return }
        let page = try await client.registry(after: upstream.registryRevision, as: upstream)
        if ledger.isLeading, let needed = page.settingsRevision, settingsInForce.revision < needed {
            return planner.settingsAreBehind(needed)
        }
        try await store.apply(page, of: upstream)
        options.registryChanged()
        upstream.registryRevision = page.revision
        upstream.centralEpoch = central.epoch
        if page.isLast { planner.registryIsCurrent() }
        ledger.update { $0.registryRevision = page.revision }
        try await ledger.note()
    }

    // MARK: Keeping

    /// What may be sent is written down first, so that no later change of it is missed.
    mutating func reserve(through sequence: Int64) async throws {
        guard sequence > upstream.reserved else { return }
        upstream.reserved = sequence + Self.reservation
        try await ledger.note()
    }
}
