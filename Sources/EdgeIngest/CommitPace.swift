import EdgeStore

/// What was taken in since the last commit, and how far the journal has it.
struct CommitPace {
    typealias Instant = ContinuousClock.Instant

    /// When the first of it was taken in; nil while there is none.
    private(set) var begunAt: Instant?
    /// Held and not in the journal.
    private(set) var unjournaled: [HeardJournal.Entry] = []
    private var isSynced = true
    private var syncedAt = Instant.now

    var isEmpty: Bool { begunAt == nil }

    mutating func hold(_ entry: HeardJournal.Entry, at now: Instant) {
        if begunAt == nil { begunAt = now }
        unjournaled.append(entry)
    }

    /// The first so many of `unjournaled` are in the journal.
    mutating func journaled(_ count: Int) {
        unjournaled.removeFirst(count)
        isSynced = false
    }

    mutating func synced(at now: Instant) {
        isSynced = true
        syncedAt = now
    }

    mutating func committed() {
        begunAt = nil
        unjournaled = []
        isSynced = true
    }

    /// When something is to be done with what is held: `commit` is when it is to be committed.
    func next(commit: Instant, usesJournal: Bool) -> Instant? {
        guard let begunAt else { return nil }
        guard usesJournal else { return commit }
        let journal = unjournaled.isEmpty ? commit : begunAt + CommitDemand.looking
        return min(commit, min(journal, syncDue ?? commit))
    }

    /// When the journal is to reach the disk; nil when all of it has.
    var syncDue: Instant? { isSynced ? nil : syncedAt + IngestTimings.journalSync }
}
