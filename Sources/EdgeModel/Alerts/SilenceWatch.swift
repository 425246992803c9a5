/// Who is silent for too long: a value that is told who was heard and says what has changed.
///
/// Silence is measured on the monotonic clock from when a sign of life was noticed. Only what was before
/// the watch began comes from the wall clock, and only where that can be believed: a clock that is set
/// raises no alert.
package struct SilenceWatch: Sendable {
    package enum Change: Hashable, Sendable {
        case silent(WatchedSubject)
        case heardAgain(WatchedSubject)
        /// Nothing is expected of it any more: it was deleted, or has no interval.
        case excused(Key)
    }

    package struct Key: Hashable, Sendable {
        package var organization: OrganizationID
        package var subject: Alert.Subject
    }

    private struct State {
        var lastSeenAt: Timestamp?
        /// When that was noticed.
        var noticedAt: MonotonicInstant
        /// The silence that there was by then.
        var before: Duration
        var isSilent: Bool
    }

    private var states: [Key: State] = [:]
    private var known: Set<Key>

    /// Alerts that are raised are not raised again.
    package init(raised: [Alert] = []) {
        known = Set(raised.map { Key(organization: $0.organization, subject: $0.subject) })
    }

    /// What has changed since the last look. Who is not among `subjects` any more is forgotten.
    package mutating func look(
        at subjects: [WatchedSubject], now: ClockReading, quality: ClockQuality
    ) -> [Change] {
        var changes: [Change] = []
        var next: [Key: State] = [:]
        next.reserveCapacity(subjects.count)
        for subject in subjects {
            let key = Key(organization: subject.organization, subject: subject.subject)
            var state = states[key] ?? first(subject, isSilent: known.contains(key), now, quality)
            if subject.lastSeenAt != state.lastSeenAt {
                state.lastSeenAt = subject.lastSeenAt
                state.noticedAt = now.monotonic
                state.before = .zero
            }
            let silence = state.before + now.monotonic.since(state.noticedAt)
            let isSilent = silence > subject.allowedSilence
            if isSilent != state.isSilent {
                changes.append(isSilent ? .silent(subject) : .heardAgain(subject))
                state.isSilent = isSilent
            }
            next[key] = state
        }
        let silent = known.union(states.lazy.filter(\.value.isSilent).map(\.key))
        changes += silent.filter { next[$0] == nil }.map { .excused($0) }
        states = next
        known = []
        return changes
    }

    private func first(
        _ subject: WatchedSubject, isSilent: Bool, _ now: ClockReading, _ quality: ClockQuality
    ) -> State {
        let since = subject.lastSeenAt ?? subject.watchedSince
        let before = max(0, now.wall.microseconds - since.microseconds)
        return State(
            lastSeenAt: subject.lastSeenAt, noticedAt: now.monotonic,
            before: quality == .none ? .zero : .microseconds(before), isSilent: isSilent)
    }
}
