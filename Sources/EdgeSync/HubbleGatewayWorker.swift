import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging

/// Feeds one service that speaks the Hubble gateway API, until its upstream is removed or the task is
/// cancelled. What waits goes oldest first; a full batch at once, less than that after the interval that
/// the service asks for.
struct HubbleGatewayWorker {
    private static let heartbeat = Duration.seconds(300)
    /// A token that is good for less than this is renewed.
    private static let spare = Duration.seconds(60)
    private static let intervals = Duration.seconds(1)...Duration.seconds(3_600)
    private static let noteInterval = Duration.seconds(5)

    private struct Session {
        var token: SecretBytes
        var renewAt: MonotonicInstant
    }

    let store: Store
    let options: SyncOptions
    let client: HubbleGatewayClient
    let logger: Logger
    let metrics = SyncMetrics()
    var upstream: Upstream
    var registration: HubbleRegistration
    var epoch: UniqueID
    private var session: Session?
    private var waiting: HubbleUpload?
    private var interval = Duration.seconds(60)
    private var batchSize = HubbleUpload.limit
    private var uploadAt = MonotonicInstant(nanoseconds: 0)
    private var heartbeatAt = MonotonicInstant(nanoseconds: 0)
    private var pausedUntil = MonotonicInstant(nanoseconds: 0)
    private var notedAt = MonotonicInstant(nanoseconds: 0)
    private var failures = 0
    private var revision: Int64 = -1
    private var isRemoved = false
    private var generator = SystemRandomNumberGenerator()
    private var rate = DrainRate()

    init(
        _ upstream: Upstream, _ registration: HubbleRegistration, _ client: HubbleGatewayClient, store: Store,
        options: SyncOptions, logger: Logger
    ) {
        self.upstream = upstream
        self.registration = registration
        self.client = client
        self.store = store
        self.options = options
        epoch = store.epoch
        var logger = logger
        logger[metadataKey: "upstream.id"] = "\(upstream.id)"
        self.logger = logger
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
            try await note()
        } catch {
            // The next start sends again what has arrived: under the same batchId, or once more.
            logger.warning("progress not noted", metadata: ["error": "\(error)"])
        }
    }

    private mutating func step(_ seen: UInt64) async throws {
        try await reloadIfChanged()
        if isRemoved { return }
        if upstream.isPaused {
            await client.connection.close()
            options.board.update(upstream.id) { $0.state = .paused }
            return await store.changes.wait(after: seen)
        }
        let now = store.clock.now().monotonic
        if now < pausedUntil { return await wait(seen, until: pausedUntil, at: now) }
        // The service opens a frame by the day that it was heard on.
        guard store.clock.quality != .none else {
            return await fail("the time is not known yet", asked: .seconds(5))
        }
        guard let token = try await token(at: now) else { return }
        if now >= heartbeatAt { return try await sayAlive(token, at: now) }
        beginAnewIfRestored()
        if let upload = try await nextUpload(at: now) { return try await send(upload, token) }
        await show()
        if now.since(notedAt) >= Self.noteInterval { try await note() }
        await wait(seen, until: now < uploadAt ? min(heartbeatAt, uploadAt) : heartbeatAt, at: now)
    }

    private func wait(_ seen: UInt64, until moment: MonotonicInstant, at now: MonotonicInstant) async {
        await store.changes.wait(after: seen, atMost: max(.milliseconds(20), moment.since(now)))
    }

    private mutating func reloadIfChanged() async throws {
        let latest = store.upstreamRevision
        guard latest != revision else { return }
        guard let changed = try await store.upstreams().first(where: { $0.id == upstream.id }) else {
            isRemoved = true
            return
        }
        upstream.isPaused = changed.isPaused
        if !changed.isPaused { options.board.update(upstream.id) { $0.state = .starting } }
        revision = latest
    }

    /// In another history the numbers mean other packets; the identifiers there are the same.
    private mutating func beginAnewIfRestored() {
        guard epoch != store.epoch else { return }
        epoch = store.epoch
        upstream.arrived = SequenceRanges()
        waiting = nil
    }

    // MARK: Signing in

    /// A device token that is good for a while; nil when there is none, and what is wrong was said.
    private mutating func token(at now: MonotonicInstant) async throws -> SecretBytes? {
        if let session, now < session.renewAt { return session.token }
        session = nil
        if !registration.refreshToken.bytes.isEmpty {
            switch try await client.refresh(registration.refreshToken) {
            case .done(let admission): return try await signIn(admission)
            case .refused: registration.refreshToken = SecretBytes([])
            case .failed(let reason, let asked):
                await fail(reason, asked: asked)
                return nil
            }
        }
        switch try await client.register(at: store.clock.now().wall) {
        case .done(let admission): return try await signIn(admission)
        case .refused(let reason):
            await fail(reason, asked: options.retry.longest)
            options.board.update(upstream.id) { $0.state = .refused }
        case .failed(let reason, let asked): await fail(reason, asked: asked)
        }
        return nil
    }

    private mutating func signIn(_ admission: HubbleGatewayClient.Admission) async throws -> SecretBytes {
        let token = SecretBytes(Array(admission.deviceToken.utf8))
        // One that is short-lived is used for half of its life, and not renewed for each request.
        let life = Duration.seconds(min(admission.expiresInSeconds, 30 * 86_400))
        session = Session(
            token: token,
            renewAt: store.clock.now().monotonic.advanced(by: max(life - Self.spare, life / 2)))
        if let gateway = admission.gatewayId { upstream.gateway = GatewayID(gateway) }
        if let refresh = admission.refreshToken {
            registration.refreshToken = SecretBytes(Array(refresh.utf8))
        }
        try await store.keep(registration.refreshToken, gateway: upstream.gateway, of: upstream.id)
        follow(admission.config)
        return token
    }

    private mutating func follow(_ instructions: HubbleGatewayClient.Instructions?) {
        if let milliseconds = instructions?.uploadIntervalMs {
            let asked = Duration.milliseconds(min(max(0, milliseconds), 3_600_000))
            interval = min(max(asked, Self.intervals.lowerBound), Self.intervals.upperBound)
        }
        if let size = instructions?.uploadBatchSize { batchSize = min(max(1, size), HubbleUpload.limit) }
    }

    private mutating func sayAlive(_ token: SecretBytes, at now: MonotonicInstant) async throws {
        switch try await client.heartbeat(upstream.gateway, token, at: store.clock.now().wall) {
        case .done(let instructions):
            follow(instructions)
            heartbeatAt = now.advanced(by: Self.heartbeat)
            hasAnswered()
        case .refused(let reason): await refused(reason)
        case .failed(let reason, let asked): await fail(reason, asked: asked)
        }
    }

    // MARK: Sending

    private mutating func nextUpload(at now: MonotonicInstant) async throws -> HubbleUpload? {
        if let waiting { return waiting }
        let rows = store.lastSequence - upstream.arrived.upperBound
        guard now >= uploadAt || rows >= Int64(batchSize) else { return nil }
        waiting = try await HubbleUpload.make(
            from: store, upstream, framesMark: registration.framesMark, limit: batchSize)
        return waiting
    }

    private mutating func send(_ upload: HubbleUpload, _ token: SecretBytes) async throws {
        // Packets of other radios alone are settled without a word.
        if upload.count > 0 {
            switch try await client.upload(upload, as: upstream.gateway, token) {
            case .refused(let reason): return await refused(reason)
            case .failed(let reason, let asked): return await fail(reason, asked: asked)
            case .done(let receipt):
                hasAnswered()
                if let rejected = receipt.rejected, rejected > 0 {
                    logger.warning("the service rejected packets", metadata: ["packets": "\(rejected)"])
                }
                metrics.sent(upload.count, bytes: upload.body.count)
            }
        }
        if upload.leftOut > 0 {
            logger.warning(
                "packets do not go up: their device has another key or identifier by now",
                metadata: ["packets": "\(upload.leftOut)"])
        }
        try await settle(upload)
    }

    private mutating func settle(_ upload: HubbleUpload) async throws {
        let now = store.clock.now().monotonic
        waiting = nil
        if let range = upload.range {
            upstream.arrived.insert(range)
            rate.confirmed(range.count, at: now)
        }
        registration.framesMark = upload.framesMark
        if upload.count > 0, upload.count < batchSize { uploadAt = now.advanced(by: interval) }
        let mark = upstream.arrived.mark
        options.board.update(upstream.id) { status in
            status.mark = mark
            status.packetsSent += upload.count
            status.bytesSent += upload.count > 0 ? upload.body.count : 0
        }
        keepWithinBandwidth(upload.count > 0 ? upload.body.count : 0, at: now)
        // After each: the service knows a repeated batch, but not a packet in another batch.
        try await note()
    }

    private mutating func keepWithinBandwidth(_ bytes: Int, at now: MonotonicInstant) {
        guard let limit = options.bytesPerSecond, limit > 0 else { return }
        pausedUntil = now.advanced(by: .microseconds(Int64(bytes) * 1_000_000 / Int64(limit)))
    }

    // MARK: Saying

    private mutating func hasAnswered() {
        let now = store.clock.now()
        failures = 0
        upstream.lastError = nil
        upstream.confirmedAt = now.wall
        let mark = upstream.arrived.mark
        options.board.update(upstream.id) { status in
            status.state = .connected
            status.contactAt = now
            status.failure = nil
            status.mark = mark
        }
    }

    /// The token is renewed at once, and after a pause when that did not help.
    private mutating func refused(_ reason: String) async {
        session = nil
        if failures > 0 { registration.refreshToken = SecretBytes([]) }
        await fail(reason, asked: nil)
    }

    private mutating func fail(_ reason: String, asked: Duration?) async {
        failures += 1
        let pause = options.retry.pause(afterFailures: failures, asked: asked, using: &generator)
        pausedUntil = store.clock.now().monotonic.advanced(by: pause)
        if failures == 1 {
            logger.warning("the service cannot be reached", metadata: ["error": "\(reason)"])
        }
        upstream.lastError = String(reason.prefix(300))
        let failure = upstream.lastError
        options.board.update(upstream.id) { status in
            status.state = .failing
            status.failure = failure
        }
        await show()
    }

    private func show() async {
        guard let backlog = try? await store.backlog(beyond: upstream.arrived) else { return }
        let rate = rate.perSecond
        options.board.update(upstream.id) { status in
            status.waiting = backlog.rows
            status.oldestWaiting = backlog.oldest
            status.rate = rate
        }
    }

    private mutating func note() async throws {
        notedAt = store.clock.now().monotonic
        upstream.hubble = registration
        try await store.note(UpstreamProgress(upstream), of: upstream.id)
    }
}
