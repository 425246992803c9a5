import CoreMetrics
package import EdgeModel
package import EdgeNetwork
package import EdgeStore
import HubbleAdvertising
package import Logging
import ServiceLifecycle
import Synchronization

/// From what a radio heard to what is on the disk:
/// `decode` → `open` → `deduplicate` → `record`, for a batch at a time.
///
/// A frame from a stranger is an outcome that is counted, not an error. What cannot be written is
/// kept and tried again; meanwhile the queue before it fills and counts what it drops.
package actor IngestPipeline: Service {
    let queue: SightingQueue
    let store: Store
    let clock: EdgeClock
    let options: IngestOptions
    let health: IngestHealth
    let logger: Logger
    let metrics = IngestMetrics()
    let opener: FrameOpener
    var ring: KeyRing
    var state: IngestState
    var registryRevision: Int64 = 0
    private var repeatsWrittenAt: MonotonicInstant
    var clockWasGood: Bool
    /// What packets told about their devices and the store does not know yet.
    var lessons: [DeviceHandle: Lesson] = [:]
    /// Devices whose keys the kept frames are still to be tried with.
    var untried: [Int32] = []
    /// The revision of the spool through which everything was taken.
    var uploadsTaken: Int64 = -1
    let outcomes: UploadOutcomes
    /// The network server; nil where there is none.
    let link: NetworkLink?
    /// What it is to hear next.
    var networkFrames: [HeardFrame] = []
    var refusedFrames: [RefusedFrame] = []
    /// When what was heard is written down, and where.
    var pace = CommitPace()
    /// What was heard while a commit failed.
    var waiting = Waiting()
    /// That the journal cannot be used was said.
    var isJournalTold = false
    var lateTables = LateTables()
    /// A table that is being built for another day, and when it is ready.
    let nextTable = Mutex<NextTable?>(nil)

    package init(
        queue: SightingQueue, store: Store, options: IngestOptions, health: IngestHealth,
        outcomes: UploadOutcomes = UploadOutcomes(), link: NetworkLink? = nil, logger: Logger
    ) {
        self.queue = queue
        self.store = store
        self.options = options
        self.health = health
        self.outcomes = outcomes
        self.link = link
        self.logger = logger
        clock = store.clock
        opener = FrameOpener(window: options.deduplicationWindow)
        let now = store.clock.now()
        store.packetDemand.onDemand { queue.wake() }
        ring = KeyRing(
            windowDays: Int64(options.windowDays), today: now.wall.day, standardRegion: options.region)
        state = IngestState(recentPackets: IngestTimings.recentPackets)
        repeatsWrittenAt = now.monotonic
        clockWasGood = store.clock.quality != .none
    }

    package func run() async throws {
        do {
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await withThrowingDiscardingTaskGroup { try await work(&$0) }
            } onCancelOrGracefulShutdown: { [queue] in
                queue.finish()
            }
        } catch is LeftInJournal {
            logger.warning("the store cannot be written; what was heard is in the journal for the next start")
        }
        try await gracefulShutdown()
    }

    private func work(_ tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        await attempt { try await takeChanges() }
        try await takeRemains()
        await attempt { try await dateWhatWasLeft() }
        while let sightings = await nextSightings() {
            beginNextTableIfDue(&tasks)
            // What was heard before a change goes with what held before it.
            if hasChanges { try await commit() }
            await attempt { try await keepUp() }
            await attempt { try await takeUploads() }
            try await process(sightings)
            try await writeRepeatsIfDue()
            await attempt { try await writeLessons() }
        }
        try await commit()
        try await record(state.takeRepeats())
    }

    /// What waited for a commit that had failed goes first.
    private func nextSightings() async -> [Sighting]? {
        waiting.sightings.isEmpty ? await queue.next(atMost: pause) : waiting.take()
    }

    private func process(_ sightings: [Sighting]) async throws {
        var rest = sightings[...]
        while !rest.isEmpty {
            let isBehind = rest.count > IngestTimings.batchLimit
            let limit = isBehind ? IngestTimings.backlogLimit : IngestTimings.batchLimit
            for sighting in rest.prefix(limit) { take(dated(sighting)) }
            rest = rest.dropFirst(limit)
            offerToNetwork()
            if state.unwritten >= IngestTimings.batchLimit { try await commit() }
        }
        try await writeIfDue()
        // What comes within this time is looked at together, unless more waits than one commit takes.
        guard (1..<IngestTimings.batchLimit).contains(sightings.count) else { return }
        try? await Task.sleep(for: IngestTimings.look)
    }

    /// The network server hears of everything at once: its time to answer runs. Before it sends, it waits
    /// until what it answers is on the disk.
    private func offerToNetwork() {
        link?.offer(networkFrames)
        link?.offer(refused: refusedFrames)
        networkFrames = []
        refusedFrames = []
    }

    /// The sighting with what its time is worth. One that was heard just before the clock was set gets
    /// the time that it has turned out to be.
    func dated(_ sighting: Sighting) -> Heard {
        let quality = clock.quality(of: sighting.receivedAt.wall)
        guard quality == .none, clock.quality != .none else {
            return Heard(sighting: sighting, clockQuality: quality)
        }
        let now = clock.now()
        var sighting = sighting
        let age = now.monotonic.since(sighting.receivedAt.monotonic)
        sighting.receivedAt.wall = now.wall.advanced(byMicroseconds: -age.microseconds)
        return Heard(sighting: sighting, clockQuality: clock.quality(of: sighting.receivedAt.wall))
    }

    /// One sighting through the first three steps.
    func take(_ heard: Heard) {
        let frame = decode(heard.sighting)
        let unwritten = state.unwritten
        let refusedBefore = refusedFrames.count
        let outcome: Outcome
        switch open(frame, heard) {
        case .message(let message): outcome = deduplicate(message, heard)
        case .stranger(let kind, let lookup):
            outcome = state.keep(
                RawFrame(
                    kind: kind, lookup: lookup, sighting: heard.sighting, clockQuality: heard.clockQuality))
        case .ended(let reason): outcome = reason
        }
        // A late copy of what was taken is old without being refused.
        if outcome == .repeated { refusedFrames.removeLast(refusedFrames.count - refusedBefore) }
        metrics.count(outcome)
        if state.unwritten > unwritten { hold(heard) }
    }

    private func decode(_ sighting: Sighting) -> DecodedFrame { FrameDecoder.decode(sighting.frame) }

    func open(_ frame: DecodedFrame, _ heard: Heard) -> Opening {
        var findings = Findings()
        let opening = opener.open(
            frame, received: heard.sighting.receivedAt.wall, with: &ring, findings: &findings)
        if let lesson = findings.lesson { learn(lesson) }
        if let content = findings.network, let frame = HeardFrame(content, of: heard.sighting) {
            networkFrames.append(frame)
        }
        if let (refusal, device) = findings.refused,
            let frame = RefusedFrame(refusal, of: device, heard.sighting)
        {
            refusedFrames.append(frame)
        }
        return opening
    }

    func deduplicate(_ message: Message, _ heard: Heard) -> Outcome {
        let outcome = state.deduplicate(message, heard)
        if outcome == .repeated, heard.clockQuality != .none {
            store.noteSeen(message.device, at: heard.lastAt ?? heard.sighting.receivedAt.wall)
        }
        return outcome
    }

    /// Does what can be done again in the next round: a store in trouble must not end the pipeline,
    /// which keeps what it could not write.
    func attempt(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            note(error)
        }
    }

    private func note(_ error: any Error) {
        // The process ends: nobody's trouble.
        guard !Task.isCancelled, !(error is CancellationError) else { return }
        if health.snapshot.trouble == nil {
            logger.error("the store is in trouble; trying on", metadata: ["error": "\(error)"])
        }
        let message = (error as? EdgeError)?.message ?? "\(error)"
        health.update { $0.trouble = message }
    }

    /// The process ends before the store could be written again, and the journal has everything.
    private struct LeftInJournal: Error {}

    /// Writes a batch, and goes on trying until it is written or the process ends.
    func record(_ batch: IngestBatch) async throws {
        guard !batch.isEmpty else { return }
        let results = try await insist(on: batch)
        state.recorded(batch, results)
        let stored = results.count { if case .stored = $0 { true } else { false } }
        metrics.packets.increment(by: stored)
        metrics.commits.increment()
        health.update { $0.trouble = nil }
    }

    private func insist(on batch: IngestBatch) async throws -> [RecordedPacket] {
        var batch = batch
        while true {
            do {
                return try await store.record(batch)
            } catch let error as EdgeError {
                metrics.failures.increment()
                store.packetDemand.failed()
                note(error)
                if error.code == .storageFull { _ = try? await store.makeRoom() }
                let isSafe = await keepInJournal()
                // The journal has more than this batch now.
                if !waiting.sightings.isEmpty { batch.journalGeneration = nil }
                if isSafe, Task.isShuttingDownGracefully { throw LeftInJournal() }
                // Cancelled only when the process ends without grace.
                try await Task.sleep(for: IngestTimings.retry)
            }
        }
    }

    /// Opens kept frames again, in the order in which they came, each leaving the store with the
    /// commit of its packet.
    func reopen(_ kept: [KeptFrame], _ open: (KeptFrame) -> Opening) async throws {
        var pending = 0
        for frame in kept {
            guard case .message(let message) = open(frame) else { continue }
            let heard = Heard(
                sighting: frame.frame.sighting, clockQuality: frame.frame.clockQuality, boot: frame.boot,
                count: frame.frame.count, lastAt: frame.lastAt)
            _ = deduplicate(message, heard)
            state.opened(rawFrame: frame.key)
            metrics.reopened.increment()
            pending += 1
            if pending.isMultiple(of: IngestTimings.batchLimit) { try await record(state.takeBatch()) }
        }
        try await record(state.takeBatch())
    }

    private func writeRepeatsIfDue() async throws {
        let now = clock.now().monotonic
        guard now.since(repeatsWrittenAt) >= IngestTimings.repeats || state.strangers.isFull else { return }
        repeatsWrittenAt = now
        try await record(state.takeRepeats())
    }
}
