package import EdgeModel
import EdgeStore

/// The gateway's clock, for whoever stands before it with a phone.
package struct GatewayClock: Sendable {
    private let store: Store
    private let keeper: TimeKeeper
    private let changed: @Sendable () -> Void

    init(store: Store, keeper: TimeKeeper, changed: @escaping @Sendable () -> Void) {
        self.store = store
        self.keeper = keeper
        self.changed = changed
    }

    package struct State: Sendable {
        package var now: Timestamp
        package var quality: ClockQuality
        /// Who told the time that is in force; nil when it is the system's own.
        package var source: TimeKeeper.Source?
    }

    package func state() -> State {
        let clock = keeper.clock
        return State(now: clock.now().wall, quality: clock.quality, source: keeper.source)
    }

    /// Takes the time from an installer. Rows of this boot that have no time yet get theirs soon after.
    ///
    /// Throws `invalid` for a time that cannot be true, `conflict` when the system's clock is
    /// synchronised and needs none.
    package func set(_ time: Timestamp, in organization: OrganizationID, by origin: Origin) async throws
        -> State
    {
        guard (EdgeClock.earliestPlausible..<TimeKeeper.latestPlausible).contains(time) else {
            throw EdgeError.invalid("time: it lies before this software was written, or after 2099")
        }
        let before = state()
        guard keeper.learn(time, at: store.clock.now().monotonic, from: .installer) else {
            throw EdgeError(.conflict, "The clock is synchronised; it needs no other")
        }
        changed()
        try await store.note(
            AuditNote(
                .clockSet, by: origin, at: time, in: organization,
                detail:
                    "by \(time.microseconds - before.now.microseconds) microseconds; was \(before.quality)"))
        return state()
    }
}
