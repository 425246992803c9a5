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
            since: pace.begunAt ?? ContinuousClock.now, patience: options.commitInterval)
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
            if !pace.unjournaled.isEmpty {
                guard try journal.append(pace.unjournaled) else { return false }
                pace.journaled()
            }
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

    /// Writes everything that is held. When this returns it is on the disk.
    func commit() async throws {
        let held = store.packetDemand.heldThrough
        try await record(state.takeBatch())
        store.packetDemand.committed(through: held)
        pace.committed()
        do {
            try store.journal?.clear()
        } catch {
            // What is read again is found by the identity of its packet.
            logger.warning("the journal was not cleared", metadata: ["error": "\(error)"])
        }
    }

    /// Takes up what the last run heard and could not commit. It is not for the network server: the time to
    /// answer is over.
    func takeRemains() async throws {
        guard let remains = store.journal?.takeRemains(), !remains.entries.isEmpty else { return }
        logger.info("taking up what the last run heard", metadata: ["sightings": "\(remains.entries.count)"])
        for entry in remains.entries {
            take(Heard(sighting: entry.sighting, clockQuality: entry.clockQuality, boot: remains.boot))
        }
        networkFrames = []
        refusedFrames = []
        try await commit()
    }
}
