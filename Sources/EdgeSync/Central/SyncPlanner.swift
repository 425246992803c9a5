import EdgeDelivery
package import EdgeModel

/// What a gateway says next to one central: a value that is told what happened and says what to do. It
/// does no I/O and reads no clock.
///
/// What is new goes first, what waited behind it, oldest first; where both wait they take turns. What the
/// central has is known from its last answer alone, so that a central that was restored from a backup is
/// sent again what it lost.
package struct SyncPlanner: Sendable {
    package struct Timings: Hashable, Sendable {
        /// How long the first of new rows waits for company, unless the central asks for more.
        package var gathering = Duration.seconds(1)
        /// Between two reports; those of many gateways are further apart.
        package var reporting = Duration.seconds(5)
        /// Between two looks at what has changed of rows that were sent.
        package var updating = Duration.seconds(5)
        /// Between two looks at audit entries and frames that nobody could open.
        package var recording = Duration.seconds(10)
        /// Between two exchanges of sessions.
        package var exchanging = Duration.seconds(2)
        /// More rows than this that wait when the central is met again are a backlog: what is new
        /// overtakes it.
        package var backlogThreshold: Int64 = 1_000

        package init() {}
    }

    /// The central's registry as it was last said to be.
    package var centralRegistry: RegistryState? { central }
    /// The central's settings as they were last said to be; nil where it shares none.
    package private(set) var centralSettings: RegistryState?
    /// Kinds of requests that there was no occasion for when this was last asked what to do.
    package private(set) var unneeded: Set<UpstreamRequest> = []

    private let timings: Timings
    package private(set) var bandwidth: Bandwidth
    private var sieve = RowSieve()

    /// What the central has, by its last answer; nil before the first, and after a failure.
    package private(set) var received: SequenceRanges?
    /// What the central took from here, or was held against what is here. The rest of what it has may be
    /// of another machine with this identity.
    package private(set) var verified: SequenceRanges
    /// Rows above are new, rows up to here are the backlog.
    private var floor: Int64 = 0
    private var delay = Duration.zero
    /// The central's sessions as they were last said to be; nil where it takes none.
    package private(set) var centralSessions: RegistryState?
    package private(set) var wantsSessions = false
    private var takesRecords = false
    private var auditAt = MonotonicInstant(nanoseconds: 0)
    private var framesAt = MonotonicInstant(nanoseconds: 0)
    private var sessionsAt = MonotonicInstant(nanoseconds: 0)
    private var newSince: MonotonicInstant?
    private var backlogIsNext = false
    private var reportAt = MonotonicInstant(nanoseconds: 0)
    private var updatesAt = MonotonicInstant(nanoseconds: 0)
    /// The central's registry: its history, and its last change.
    private var central: RegistryState?
    private var answeredEpoch: String?

    package init(
        timings: Timings = Timings(), bytesPerSecond: Int? = nil,
        verified: SequenceRanges = SequenceRanges()
    ) {
        self.verified = verified
        self.timings = timings
        bandwidth = Bandwidth(bytesPerSecond: bytesPerSecond)
    }

    /// A revision, and the history that it is of.
    package struct RegistryState: Hashable, Sendable {
        package var epoch: String
        package var revision: Int64

        package init(epoch: String, revision: Int64) {
            self.epoch = epoch
            self.revision = revision
        }
    }

    /// What to do now. `last` is the newest sequence number, `registry` what is in force here of the
    /// central's, `settings` the same of its settings, nil where they are not for here; `hasOperations` says
    /// that devices have changed here since they were merged there. Nothing is said of a kind that is `held`.
    package mutating func next(
        last: Int64, registry: RegistryState, settings: RegistryState? = nil, hasOperations: Bool = false,
        sessions: Sessions? = nil, held: [UpstreamRequest: MonotonicInstant] = [:], at now: MonotonicInstant
    ) -> Action {
        unneeded = []
        guard let received else { return .report }
        var wakeAt = reportAt
        if let unknown = received.first(notIn: verified) {
            if let moment = held[.verification] {
                return now >= reportAt ? .report : .wait(until: min(moment, reportAt))
            }
            return .verify(
                unknown.lowerBound...min(unknown.upperBound, unknown.lowerBound + SyncFingerprints.limit - 1))
        }
        unneeded.insert(.verification)
        // What devices refer to comes before them, and what was made here before the registry comes down.
        let isExchangeDue = hasSessions(sessions)
        let shared: [(isNeeded: Bool, at: MonotonicInstant, action: Action)] = [
            (settings != nil && centralSettings != nil && centralSettings != settings, now, .fetchSettings),
            (hasOperations, now, .sendOperations),
            (central != nil && central != registry, now, .fetchRegistry),
            (isExchangeDue, sessionsAt, .exchangeSessions),
        ]
        if let action = Self.first(of: shared, held, &wakeAt, &unneeded, at: now) { return action }
        if now >= reportAt { return .report }
        if let action = rows(received, last: last, held[.rows], &wakeAt, at: now) { return action }
        let others: [(at: MonotonicInstant, action: Action)] = [
            (updatesAt, .sendUpdates), (auditAt, .sendAudit), (framesAt, .sendFrames),
        ]
        for (at, action) in others where action == .sendUpdates || takesRecords {
            let due = max(at, held[action.request] ?? at)
            if now >= due, now >= bandwidth.busyUntil { return action }
            wakeAt = min(wakeAt, max(due, bandwidth.busyUntil))
        }
        return .wait(until: wakeAt)
    }

    /// The first that is needed, where it is due and not held: those behind it wait for it.
    private static func first(
        of actions: [(isNeeded: Bool, at: MonotonicInstant, action: Action)],
        _ held: [UpstreamRequest: MonotonicInstant], _ wakeAt: inout MonotonicInstant,
        _ unneeded: inout Set<UpstreamRequest>, at now: MonotonicInstant
    ) -> Action? {
        for (isNeeded, at, action) in actions {
            guard isNeeded else {
                unneeded.insert(action.request)
                continue
            }
            let due = max(at, held[action.request] ?? at)
            if now >= due { return action }
            wakeAt = min(wakeAt, due)
            return nil
        }
        return nil
    }

    /// The rows that go now; nil when none do, or not yet.
    private mutating func rows(
        _ received: SequenceRanges, last: Int64, _ heldUntil: MonotonicInstant?,
        _ wakeAt: inout MonotonicInstant, at now: MonotonicInstant
    ) -> Action? {
        let passed = sieve.passing(received)
        // What came at once while the line was busy holds up what comes now, too.
        if bandwidth.isLimited, last - max(passed.upperBound, floor) > backlogThreshold { floor = last }
        let fresh = freshRange(passed, last: last)
        var backlog = passed.missing(through: max(floor, passed.upperBound)).first
        if let suspect = sieve.proven ?? (fresh == nil && backlog == nil ? sieve.oldest : nil) {
            backlog = suspect...suspect
        }
        if fresh == nil, backlog == nil {
            unneeded.insert(.rows)
            return nil
        }
        let possible = max(bandwidth.busyUntil, heldUntil ?? bandwidth.busyUntil)
        if let fresh {
            let since = newSince ?? now
            newSince = since
            let due = max(possible, since.advanced(by: max(timings.gathering, delay)))
            // Where the line is busy anyway, company comes by itself.
            let isEnough = fresh.count >= batchLimit || (backlog != nil && bandwidth.isLimited)
            let isDue = now >= due || (isEnough && now >= possible)
            if isDue, !(backlogIsNext && backlog != nil) { return .send(fresh) }
            wakeAt = min(wakeAt, due)
        }
        if let backlog {
            if now >= possible { return .send(backlog) }
            wakeAt = min(wakeAt, possible)
        }
        return nil
    }

    private func hasSessions(_ sessions: Sessions?) -> Bool {
        guard let sessions, let centralSessions else { return false }
        return sessions.haveChanged || wantsSessions || sessions.inForce != centralSessions
    }

    /// The history of the central that it answered from last.
    package var centralEpoch: String? { central?.epoch ?? answeredEpoch }

    /// Audit entries went up, or there were none.
    package mutating func sentAudit(at now: MonotonicInstant, isDone: Bool) {
        if isDone { auditAt = now.advanced(by: max(timings.recording, delay)) }
    }

    /// The same of frames that nobody could open.
    package mutating func sentFrames(at now: MonotonicInstant, isDone: Bool) {
        if isDone { framesAt = now.advanced(by: max(timings.recording, delay)) }
    }

    /// Sessions were exchanged: the central's are in force up to here.
    package mutating func exchanged(at now: MonotonicInstant, isDone: Bool, inForce: RegistryState) {
        wantsSessions = false
        if isDone { centralSessions = inForce }
        sessionsAt = now.advanced(by: isDone ? timings.exchanging : .milliseconds(50))
    }

    /// New rows; nil when there are none, or when there are so many gaps that those must be filled first.
    private func freshRange(_ received: SequenceRanges, last: Int64) -> ClosedRange<Int64>? {
        let first = max(received.upperBound, floor) + 1
        guard first <= last else { return nil }
        let extendsLast = received.upperBound + 1 == first
        guard extendsLast || received.ranges.count < SequenceRanges.limit - 1 else { return nil }
        return first...last
    }

    /// The central has answered. `last` is the newest sequence number here.
    package mutating func answered(_ answer: SyncAnswer, last: Int64, at now: MonotonicInstant) {
        if received == nil {
            let waiting = answer.received.missing(through: last).reduce(0) {
                $0 + $1.upperBound - $1.lowerBound + 1
            }
            floor = waiting > backlogThreshold ? last : answer.received.upperBound
        }
        received = answer.received
        // What a central has lost may come to it from another.
        verified = verified.intersection(answer.received)
        delay = .milliseconds(min(max(0, answer.delayMilliseconds), 60_000))
        answeredEpoch = answer.centralEpoch
        central = RegistryState(epoch: answer.centralEpoch, revision: answer.registryRevision)
        takesRecords = answer.takes ?? 0 >= SyncAnswer.takesRecords
        wantsSessions = answer.wantsSessions ?? false
        centralSessions = answer.sessionsRevision.map {
            RegistryState(epoch: answer.centralEpoch, revision: $0)
        }
        centralSettings = answer.settingsRevision.map {
            RegistryState(epoch: answer.centralEpoch, revision: $0)
        }
    }

    /// A report was answered.
    package mutating func reported(at now: MonotonicInstant) {
        reportAt = now.advanced(by: max(timings.reporting, delay * 5))
    }

    /// A batch of so many rows was confirmed.
    package mutating func sent(_ range: ClosedRange<Int64>, rows: Int, at now: MonotonicInstant) {
        verified.insert(range)
        sieve.taken(rows, in: range)
        if range.lowerBound > floor {
            newSince = nil
            backlogIsNext = true
        } else {
            backlogIsNext = false
        }
    }

    /// The central has refused a batch of so many rows for good, the first of which is this.
    package mutating func refused(rows: Int, first: Int64?) -> RowSieve.Verdict {
        sieve.refused(rows, first: first)
    }

    /// The row does not go up: its number is settled without it.
    package mutating func setsAside(_ sequence: Int64) { verified.insert(sequence...sequence) }

    /// The central knows that the row does not come.
    package mutating func isSetAside(_ sequence: Int64) { sieve.forget(sequence) }

    /// What the central has under these numbers is what is here.
    package mutating func isVerified(_ range: ClosedRange<Int64>) { verified.insert(range) }

    /// There was nothing more to say of rows that were sent, or it was confirmed.
    package mutating func updated(isDone: Bool, at now: MonotonicInstant) {
        if isDone { updatesAt = now.advanced(by: max(timings.updating, delay)) }
    }

    /// The settings are as the central had them.
    package mutating func settingsAreCurrent() { centralSettings = nil }

    /// The central's settings have changed since it answered.
    package mutating func settingsAreBehind(_ revision: Int64) {
        guard let epoch = central?.epoch else { return }
        centralSettings = RegistryState(epoch: epoch, revision: revision)
    }

    /// The registry is as the central had it.
    package mutating func registryIsCurrent() { central = nil }

    /// More rows than this that wait are a backlog.
    private var backlogThreshold: Int64 { min(timings.backlogThreshold, Int64(2 * bandwidth.rowLimit)) }

    /// More rows are not sent at once.
    package var batchLimit: Int { min(bandwidth.rowLimit, sieve.limit) }

    /// So many bytes went out, with so many rows in them.
    package mutating func used(bytes: Int, rows: Int, at now: MonotonicInstant) {
        bandwidth.used(bytes: bytes, rows: rows, at: now)
    }

    /// Ask again what the central has: what is known of it may not be true any more.
    package mutating func restart() {
        received = nil
        newSince = nil
    }

    /// Another history has begun here.
    package mutating func beginAnew() {
        restart()
        verified = SequenceRanges()
        sieve.beginAnew()
    }
}
