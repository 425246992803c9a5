import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging

/// Feeds one service that speaks the Hubble gateway API. What waits goes oldest first; a full batch at
/// once, less than that after the interval that the service asks for.
struct HubbleConversation: UpstreamConversation {
    private static let heartbeat = Duration.seconds(300)
    /// A token that is good for less than this is renewed.
    private static let spare = Duration.seconds(60)
    private static let intervals = Duration.seconds(1)...Duration.seconds(3_600)

    private struct Session {
        var token: SecretBytes
        var renewAt: MonotonicInstant
    }

    let client: HubbleGatewayClient
    let metrics = SyncMetrics()
    var ledger: UpstreamLedger
    private var registration: HubbleRegistration
    private var epoch: UniqueID
    private var session: Session?
    private var waiting: HubbleUpload?
    private var interval = Duration.seconds(60)
    private var batchSize = HubbleUpload.limit
    private var uploadAt = MonotonicInstant(nanoseconds: 0)
    private var heartbeatAt = MonotonicInstant(nanoseconds: 0)
    private var bandwidth: Bandwidth
    private var halving = Halving(most: HubbleUpload.limit)

    init(_ ledger: UpstreamLedger, _ registration: HubbleRegistration, resolver: AddressResolver) throws {
        self.ledger = ledger
        self.registration = registration
        client = try HubbleGatewayClient(
            ledger.upstream, registration, ledger.options.version, resolver, ledger.store.clock)
        epoch = ledger.store.epoch
        bandwidth = Bandwidth(bytesPerSecond: ledger.options.bytesPerSecond)
    }

    private var store: Store { ledger.store }
    private var upstream: Upstream {
        get { ledger.upstream }
        set { ledger.upstream = newValue }
    }

    var known: SequenceRanges { upstream.arrived }

    mutating func advance(at now: MonotonicInstant) async throws -> MonotonicInstant? {
        if now < bandwidth.busyUntil { return bandwidth.busyUntil }
        // The service opens a frame by the day that it was heard on.
        guard store.clock.quality != .none else {
            throw UpstreamFailure.failed("the time is not known yet", asked: .seconds(5))
        }
        let token = try await token(at: now)
        ledger.hasSucceeded()
        let held = ledger.troubles.held(at: now)
        let aliveAt = max(heartbeatAt, held[.report] ?? heartbeatAt)
        if now >= aliveAt {
            ledger.asking = .report
            try await sayAlive(token, at: now)
            return nil
        }
        if let moment = held[.rows] { return min(aliveAt, moment) }
        beginAnewIfRestored()
        ledger.asking = .rows
        if let upload = try await nextUpload(at: now) {
            try await send(upload, token)
            return nil
        }
        return now < uploadAt ? min(aliveAt, uploadAt) : aliveAt
    }

    /// A batch that was not confirmed goes again as it was: the service knows it by its number.
    func forget() {}

    func hangUp() async { await client.connection.close() }

    /// In another history the numbers mean other packets; the identifiers there are the same.
    private mutating func beginAnewIfRestored() {
        guard epoch != store.epoch else { return }
        epoch = store.epoch
        upstream.arrived = SequenceRanges()
        waiting = nil
    }

    // MARK: Signing in

    /// A device token that is good for a while.
    private mutating func token(at now: MonotonicInstant) async throws -> SecretBytes {
        if let session, now < session.renewAt { return session.token }
        session = nil
        if !registration.refreshToken.bytes.isEmpty {
            switch try await client.refresh(registration.refreshToken) {
            case .done(let admission): return try await signIn(admission)
            case .refused: registration.refreshToken = SecretBytes([])
            case .rejected(let reason): throw UpstreamFailure.rejected(reason)
            case .failed(let reason, let asked): throw UpstreamFailure.failed(reason, asked: asked)
            }
        }
        switch try await client.register(at: store.clock.now().wall) {
        case .done(let admission): return try await signIn(admission)
        case .refused(let reason): throw UpstreamFailure.refused(reason)
        case .rejected(let reason): throw UpstreamFailure.rejected(reason)
        case .failed(let reason, let asked): throw UpstreamFailure.failed(reason, asked: asked)
        }
    }

    private mutating func signIn(_ admission: HubbleGatewayClient.Admission) async throws -> SecretBytes {
        let token = SecretBytes(Array(admission.deviceToken.utf8))
        // One that is short-lived is used for half of its life, and not renewed for each request.
        let life = Duration.seconds(min(admission.expiresInSeconds, 30 * 86_400))
        session = Session(
            token: token,
            renewAt: ledger.now.advanced(by: max(life - Self.spare, life / 2)))
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
            ledger.hasAnswered(mark: upstream.arrived.mark)
        case .refused(let reason): throw refused(reason)
        case .rejected(let reason): throw UpstreamFailure.rejected(reason)
        case .failed(let reason, let asked): throw UpstreamFailure.failed(reason, asked: asked)
        }
    }

    // MARK: Sending

    private mutating func nextUpload(at now: MonotonicInstant) async throws -> HubbleUpload? {
        if let waiting { return waiting }
        let rows = store.lastSequence - upstream.arrived.upperBound
        let limit = min(batchSize, bandwidth.rowLimit, halving.limit)
        guard now >= uploadAt || rows >= Int64(limit) else { return nil }
        waiting = try await HubbleUpload.make(
            from: store, upstream, framesMark: registration.framesMark, limit: limit)
        return waiting
    }

    private mutating func send(_ upload: HubbleUpload, _ token: SecretBytes) async throws {
        let began = ledger.now
        // Packets of other radios alone are settled without a word.
        if upload.count > 0 {
            switch try await client.upload(upload, as: upstream.gateway, token) {
            case .refused(let reason): throw refused(reason)
            case .rejected(let reason): return try await sift(upload, reason)
            case .failed(let reason, let asked): throw UpstreamFailure.failed(reason, asked: asked)
            case .done(let receipt):
                ledger.hasAnswered(mark: upstream.arrived.mark)
                if let rejected = receipt.rejected, rejected > 0 {
                    ledger.logger.warning(
                        "the service rejected packets", metadata: ["packets": "\(rejected)"])
                }
                halving.taken()
                metrics.sent(upload.count, bytes: upload.body.count)
            }
        }
        if upload.leftOut > 0 {
            ledger.logger.warning(
                "packets do not go up: their device has another key or identifier by now",
                metadata: ["packets": "\(upload.leftOut)"])
        }
        try await settle(upload, since: began)
    }

    /// What is refused for good goes in halves; one packet that is refused again and again is passed over.
    private mutating func sift(_ upload: HubbleUpload, _ reason: String) async throws {
        waiting = nil
        switch halving.refused(upload.count) {
        case .smaller: return
        case .waits: throw UpstreamFailure.rejected(reason)
        case .leftOut: break
        }
        if let range = upload.range { upstream.arrived.insert(range) }
        registration.framesMark = upload.framesMark
        upstream.hubble = registration
        ledger.update { $0.rowsRefused += 1 }
        metrics.refused()
        ledger.logger.error(
            "the service refuses a packet: it is not sent again",
            metadata: ["sequence": "\(upload.range?.upperBound ?? 0)", "error": "\(reason)"])
        try await ledger.note()
        // The next is not tried in a hurry: a service that takes nothing looks the same.
        throw UpstreamFailure.rejected(reason)
    }

    private mutating func settle(_ upload: HubbleUpload, since began: MonotonicInstant) async throws {
        let now = ledger.now
        waiting = nil
        let bytes = upload.count > 0 ? upload.body.count : 0
        bandwidth.used(bytes: bytes, rows: upload.count, at: now)
        if let range = upload.range {
            upstream.arrived.insert(range)
            ledger.hasConfirmed(range.count, in: now.since(began), within: bandwidth.rowsPerSecond)
        }
        registration.framesMark = upload.framesMark
        upstream.hubble = registration
        if upload.count > 0, !upload.isFull { uploadAt = now.advanced(by: interval) }
        let mark = upstream.arrived.mark
        ledger.update { status in
            status.mark = mark
            status.packetsSent += upload.count
            status.bytesSent += bytes
        }
        // After each: the service knows a repeated batch, but not a packet in another batch.
        try await ledger.note()
    }

    // MARK: Hearing

    /// The token is renewed at once, and after a pause when that did not help.
    private mutating func refused(_ reason: String) -> UpstreamFailure {
        session = nil
        if ledger.troubles.failures(of: ledger.asking) > 0 { registration.refreshToken = SecretBytes([]) }
        return .failed(reason)
    }
}
