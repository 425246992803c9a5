import EdgeModel
import EdgeStore
import Logging

/// When what was heard is written: into the database soon where somebody waits for it, else with much
/// besides, and into the journal meanwhile.
extension IngestPipeline {
    /// Notes what the next commit has to write.
    func hold(_ heard: Heard) {
        pace.hold(
            HeardJournal.Entry(sighting: heard.sighting, clockQuality: heard.clockQuality),
            at: ContinuousClock.now)
        store.packetDemand.hold()
    }

    /// How long the pipeline may sleep while nothing arrives; nil while nothing is held.
    var pause: Duration? {
        guard let due = pace.next(commit: commitDue, usesJournal: usesJournal) else { return nil }
        return max(.zero, due - ContinuousClock.now)
    }

    /// What happened elsewhere and does not hold for what was heard before it.
    var hasChanges: Bool {
        store.registryRevision > registryRevision || store.uploadsRevision != uploadsTaken
            || !clockWasGood && clock.quality != .none
    }

    private var commitDue: ContinuousClock.Instant {
        store.packetDemand.deadline(
            since: pace.begunAt ?? ContinuousClock.now,
            patience: usesJournal ? options.commitInterval : CommitDemand.looking)
    }

    /// The journal is for what waits longer than others would look.
    private var usesJournal: Bool { options.commitInterval > CommitDemand.looking && store.journal != nil }

    /// Commits, or writes the journal, or leaves it for later.
    func writeIfDue() async throws {
        guard !pace.isEmpty else { return }
        let now = ContinuousClock.now
        if now < commitDue, try await isJournaled(now) { return }
        try await commit()
    }

    /// False when what is held cannot wait for its commit.
    private func isJournaled(_ now: ContinuousClock.Instant) async throws -> Bool {
        guard usesJournal, let journal = store.journal, let begunAt = pace.begunAt,
            now >= begunAt + CommitDemand.looking
        else { return true }
        do {
            guard try writeUnjournaled(to: journal) else { return false }
            if let due = pace.syncDue, now >= due {
                try await journal.sync()
                pace.synced(at: ContinuousClock.now)
            }
            return true
        } catch {
            if !isJournalTold {
                logger.warning("the journal cannot be used", metadata: ["error": "\(error)"])
            }
            isJournalTold = true
            return false
        }
    }

    /// False when the journal has no room.
    private func writeUnjournaled(to journal: HeardJournal) throws -> Bool {
        while !pace.unjournaled.isEmpty {
            let part = Array(pace.unjournaled.prefix(Self.journalStep))
            guard try journal.append(part) else { return false }
            pace.journaled(part.count)
        }
        return true
    }

    private static let journalStep = 100

    /// Writes everything that is held. When this returns it is on the disk.
    func commit() async throws {
        let held = store.packetDemand.heldThrough
        var batch = state.takeBatch()
        batch.journalGeneration = store.journal?.used
        try await record(batch)
        store.packetDemand.committed(through: held)
        pace.committed()
    }

    /// Takes up what the last run heard and could not commit. It is not for the network server: the time to
    /// answer is over.
    func takeRemains() async throws {
        guard let remains = store.journal?.takeRemains() else { return }
        if remains.damages > 0 {
            logger.error(
                "the journal was damaged; what can be read of it is taken up",
                metadata: ["places": "\(remains.damages)"])
            await attempt { try await store.noteDiscard("journal_damage", count: remains.damages) }
        }
        guard !remains.entries.isEmpty else { return }
        logger.info("taking up what the last run heard", metadata: ["sightings": "\(remains.entries.count)"])
        for entry in remains.entries {
            take(Heard(sighting: entry.sighting, clockQuality: entry.clockQuality, boot: entry.boot))
        }
        // They are in it.
        pace.journaled(pace.unjournaled.count)
        networkFrames = []
        refusedFrames = []
        try await commit()
    }

    // MARK: While nothing can be committed

    /// What was heard while a commit failed, the part of it that the journal has, and how much that may be:
    /// what comes after waits in the queue.
    struct Waiting {
        static let limit = 1_000
        var sightings: [Sighting] = []
        var journaled = 0

        mutating func take() -> [Sighting] {
            defer { self = Waiting() }
            return sightings
        }
    }

    /// Puts into the journal what cannot be committed, and what has been heard meanwhile. True when nothing
    /// is in memory alone.
    func keepInJournal() async -> Bool {
        guard let journal = store.journal else { return false }
        do {
            guard try writeUnjournaled(to: journal) else { return false }
            while true {
                let part = waiting.sightings.dropFirst(waiting.journaled)
                let entries = part.map(dated).map {
                    HeardJournal.Entry(sighting: $0.sighting, clockQuality: $0.clockQuality)
                }
                guard try journal.append(entries) else { return false }
                waiting.journaled += entries.count
                let room = min(Self.journalStep, Waiting.limit - waiting.sightings.count)
                let more = queue.take(atMost: room)
                guard !more.isEmpty else { break }
                waiting.sightings += more
            }
            try await journal.sync()
            pace.synced(at: ContinuousClock.now)
            return queue.statistics.pending == 0
        } catch {
            return false
        }
    }
}
