import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging

/// How one upstream is doing, whatever is spoken there: when it is tried again after failures, how far it
/// is, what is written down of that and what is shown.
struct UpstreamLedger: Sendable {
    /// More often than this, progress is not worth a write: what is sent again after a kill is known there.
    private static let noteInterval = Duration.seconds(20)
    /// More often than this, what waits is not worth counting.
    private static let showInterval = Duration.milliseconds(250)
    private static let reasonLimit = 300

    let store: Store
    let options: SyncOptions
    let logger: Logger
    var upstream: Upstream
    private var rate: DrainRate
    /// What waits has changed since it was shown.
    private var isShownLate = false
    /// What is being asked of the other side.
    var asking = UpstreamRequest.contact
    private(set) var troubles: UpstreamTroubles
    private(set) var isRemoved = false
    /// It is the oldest central of its organization: the registry has one truth.
    private(set) var isLeading = false
    /// Behind, so that the first look is at all of them.
    private var revision: Int64 = -1
    private var noted: UpstreamProgress
    private var notedAt: MonotonicInstant
    private var shownAt = MonotonicInstant(nanoseconds: 0)
    private var generator = SystemRandomNumberGenerator()

    init(_ upstream: Upstream, store: Store, options: SyncOptions, logger: Logger) {
        self.upstream = upstream
        self.store = store
        self.options = options
        var logger = logger
        logger[metadataKey: "upstream.id"] = "\(upstream.id)"
        self.logger = logger
        troubles = UpstreamTroubles(policy: options.retry)
        noted = UpstreamProgress(upstream)
        notedAt = store.clock.now().monotonic
        rate = DrainRate(upstream.rowsPerSecond)
    }

    var now: MonotonicInstant { store.clock.now().monotonic }

    /// Takes over what people have changed.
    mutating func reload() async throws {
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
        if !changed.isPaused { update { if $0.state == .paused { $0.state = .starting } } }
        revision = latest
    }

    // MARK: What happens

    /// The other side has answered; up to `mark` it has everything.
    mutating func hasAnswered(mark: Int64) {
        let now = store.clock.now()
        upstream.confirmedAt = store.clock.quality(of: now.wall) == .none ? nil : now.wall
        let (contradictions, registryRevision) = (upstream.contradictions, upstream.registryRevision)
        update { status in
            status.mark = mark
            status.contactAt = now
            status.contradictions = contradictions
            status.registryRevision = registryRevision
        }
        ended(.contact)
        showTroubles()
    }

    /// What was asked went well, or there was nothing to ask.
    mutating func hasSucceeded() { hasSucceeded(asking) }

    mutating func hasSucceeded(_ request: UpstreamRequest) {
        if ended(request) { showTroubles() }
    }

    /// So many rows were confirmed, `busy` after they began to go. `limit` is how many a second the bandwidth
    /// lets through.
    mutating func hasConfirmed(_ rows: Int, in busy: Duration, within limit: Double?) {
        rate.confirmed(rows, in: busy)
        upstream.rowsPerSecond = rate.perSecond(within: limit)
        isShownLate = true
    }

    mutating func hasFailed(_ failure: UpstreamFailure) { hasFailed(failure, asking) }

    mutating func hasFailed(_ failure: UpstreamFailure, _ request: UpstreamRequest) {
        if troubles.failed(request, failure, at: now, using: &generator) {
            logger.warning(
                "the upstream fails", metadata: ["request": "\(request)", "error": "\(failure.reason)"])
        }
        showTroubles()
    }

    /// Nothing is sent; whatever failed is tried at once when it goes on.
    mutating func isHeld() {
        troubles = UpstreamTroubles(policy: options.retry)
        upstream.lastError = nil
        update { status in
            status.state = .paused
            status.failure = nil
        }
    }

    /// True when it failed before.
    @discardableResult
    private mutating func ended(_ request: UpstreamRequest) -> Bool {
        guard troubles.ended(request) else { return false }
        logger.notice("the upstream goes on", metadata: ["request": "\(request)"])
        return true
    }

    private mutating func showTroubles() {
        let state: UpstreamStatus.State =
            switch troubles.worst {
            case nil: .connected
            case .failed, .rejected: .failing
            case .refused: .refused
            }
        let reason = (troubles.worst?.reason.prefix(Self.reasonLimit)).map { String($0) }
        upstream.lastError = reason
        update { status in
            status.state = state
            status.failure = reason
        }
    }

    // MARK: Keeping

    /// Writes progress down when there is some and the last writing is a while ago.
    mutating func noteNowAndThen() async throws {
        guard now.since(notedAt) >= Self.noteInterval else { return }
        var progress = UpstreamProgress(upstream)
        // A contact alone is no progress.
        progress.confirmedAt = noted.confirmedAt
        guard progress != noted else { return }
        try await note()
    }

    mutating func note() async throws {
        let progress = UpstreamProgress(upstream)
        let now = now
        try await store.note(progress, of: upstream.id)
        (noted, notedAt) = (progress, now)
    }

    // MARK: Showing

    func update(_ change: (inout UpstreamStatus) -> Void) { options.board.update(upstream.id, change) }

    /// Shows how much waits, mostly not more often than is of use; `isLast` when nothing else happens soon.
    mutating func show(beyond known: SequenceRanges, isLast: Bool = false) async {
        let now = now
        guard now.since(shownAt) >= Self.showInterval || (isLast && isShownLate) else { return }
        (shownAt, isShownLate) = (now, false)
        // What is shown is then older; the sending itself says what fails.
        guard let backlog = try? await store.backlog(beyond: known) else { return }
        let rate = upstream.rowsPerSecond ?? rate.perSecond(within: nil)
        update { status in
            status.waiting = backlog.rows
            status.oldestWaiting = backlog.oldest
            status.rate = rate
        }
    }
}
