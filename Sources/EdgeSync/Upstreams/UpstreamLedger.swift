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
    private static let showInterval = Duration.seconds(1)
    private static let reasonLimit = 300

    let store: Store
    let options: SyncOptions
    let logger: Logger
    var upstream: Upstream
    var rate = DrainRate()
    private(set) var retry: RetrySchedule
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
        retry = RetrySchedule(policy: options.retry)
        noted = UpstreamProgress(upstream)
        notedAt = store.clock.now().monotonic
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
        if !changed.isPaused { update { $0.state = .starting } }
        revision = latest
    }

    // MARK: What happens

    /// The other side has answered; up to `mark` it has everything.
    mutating func hasAnswered(mark: Int64) {
        let now = store.clock.now()
        retry.succeeded()
        upstream.lastError = nil
        upstream.confirmedAt = store.clock.quality(of: now.wall) == .none ? nil : now.wall
        let (contradictions, registryRevision) = (upstream.contradictions, upstream.registryRevision)
        update { status in
            status.state = .connected
            status.mark = mark
            status.contactAt = now
            status.failure = nil
            status.contradictions = contradictions
            status.registryRevision = registryRevision
        }
    }

    mutating func hasFailed(_ failure: UpstreamFailure) {
        let state: UpstreamStatus.State
        let asked: Duration?
        switch failure {
        case .failed(_, let time): (state, asked) = (.failing, time)
        case .refused: (state, asked) = (.refused, options.retry.longest)
        }
        retry.failed(asked: asked, at: now, using: &generator)
        if retry.failures == 1 {
            logger.warning("the upstream cannot be reached", metadata: ["error": "\(failure.reason)"])
        }
        let reason = String(failure.reason.prefix(Self.reasonLimit))
        upstream.lastError = reason
        update { status in
            status.state = state
            status.failure = reason
        }
    }

    func isHeld() { update { $0.state = .paused } }

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

    /// Shows how much waits, mostly not more often than is of use.
    mutating func show(beyond known: SequenceRanges, evenNow: Bool = false) async {
        let now = now
        guard evenNow || now.since(shownAt) >= Self.showInterval else { return }
        shownAt = now
        // What is shown is then older; the sending itself says what fails.
        guard let backlog = try? await store.backlog(beyond: known) else { return }
        let rate = rate.perSecond
        update { status in
            status.waiting = backlog.rows
            status.oldestWaiting = backlog.oldest
            status.rate = rate
        }
    }
}
