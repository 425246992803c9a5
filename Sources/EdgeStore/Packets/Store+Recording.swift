package import EdgeModel
import GRDB
import Logging
import Synchronization

extension Store {
    /// Writes a batch in one transaction: when this returns, all of it is on the disk.
    ///
    /// Packets get ascending sequence numbers in the batch's order. One whose identifier is stored
    /// already gets no second row. Throws, and stores nothing, when any of it cannot be written.
    package func record(_ batch: IngestBatch) async throws -> [RecordedPacket] {
        let now = clock.now()
        return try await write { [self] database in
            let (boot, progress) = writerState.withLock { state in
                (state.boot, PacketWriter.Progress(sequence: state.sequence, gateways: state.gateways))
            }
            let writer = PacketWriter(database: database, boot: boot, progress: progress)
            var recorded: [RecordedPacket] = []
            recorded.reserveCapacity(batch.packets.count)
            for packet in batch.packets { recorded.append(try writer.insert(packet)) }
            for update in batch.updates {
                try writer.replaceReceptions(of: update.packet, with: update.receptions)
            }
            for frame in batch.rawFrames { try writer.keep(frame) }
            for key in batch.openedRawFrames {
                try database.execute(sql: "DELETE FROM rawFrame WHERE key = ?", arguments: [key])
            }
            for key in batch.finishedUploads { try Self.finish(upload: key, in: database) }
            if let generation = batch.journalGeneration {
                try Identity.setJournalGeneration(generation, in: database)
            }
            try writer.finish()
            try flushActivityIfDue(database, at: now.monotonic)
            // On the writer's queue, so that no other transaction can come between.
            afterCommit { [progress = writer.progress, recorded] in
                self.commit(progress, batch, recorded, at: now.monotonic)
            }
            return recorded
        }
    }

    /// Takes over what is on the disk now.
    func commit(
        _ progress: PacketWriter.Progress, _ batch: IngestBatch, _ recorded: [RecordedPacket],
        at now: MonotonicInstant
    ) {
        commitActivity(of: batch, recorded)
        rollUp(batch, recorded)
        packetCache.forget(batch.updates.map(\.packet))
        if let generation = batch.journalGeneration { journal?.committed(generation) }
        defer { changes.raise() }
        writerState.withLock { state in
            state.gateways = progress.gateways
            state.unnamed += progress.unnamed
            guard progress.sequence > state.sequence else { return }
            state.sequence = progress.sequence
            do {
                try state.mark.write(
                    HighWaterMark.Value(epoch: state.epoch, sequence: state.sequence), at: now)
            } catch {
                // The packets are safe; only the watch over them is blunter.
                logger.error("the high-water mark was not written", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Notes that a device was heard without a new packet. Costs no write of its own: reads see it
    /// at once, the database with the next writing of activity.
    package func noteSeen(_ device: DeviceHandle, at time: Timestamp) {
        activity.update { $0[device.row, default: ActivityLedger.Entry()].seen(at: time) }
    }

    private static let activityInterval = Duration.seconds(300)
    private static let activityLimit = 20_000

    /// Called inside a write transaction.
    func flushActivityIfDue(_ database: Database, at now: MonotonicInstant) throws {
        guard activityIsDue(at: now) else { return }
        try flushActivity(database)
        try flushRollUps(database)
    }

    private func activityIsDue(at now: MonotonicInstant) -> Bool {
        let flushedAt = writerState.withLock { $0.activityFlushedAt }
        return now.since(flushedAt) >= Self.activityInterval || activity.count > Self.activityLimit
    }

    /// Adds what is committed now to what devices are known to have done.
    private func commitActivity(of batch: IngestBatch, _ recorded: [RecordedPacket]) {
        activity.update { entries in
            for (packet, outcome) in zip(batch.packets, recorded) {
                if case .refused = outcome { continue }
                var entry = entries[packet.device.row] ?? ActivityLedger.Entry()
                if case .stored = outcome { entry.packets += 1 }
                for reception in packet.receptions { entry.seen(at: reception.lastAt) }
                if packet.platform == .lorawan, case .stored = outcome, let number = packet.sequenceNumber {
                    entry.counted(Int64(number), at: packet.receivedAt.wall, isOwn: packet.boot == nil)
                }
                entries[packet.device.row] = entry
            }
        }
    }

    /// Adds the packets that are new to the roll-ups. Those without a date wait for it.
    private func rollUp(_ batch: IngestBatch, _ recorded: [RecordedPacket]) {
        rollUps.update { contents in
            for (packet, outcome) in zip(batch.packets, recorded) where packet.clockQuality != .none {
                guard case .stored = outcome else { continue }
                contents.add(
                    RolledUpPacket(
                        device: packet.device, platform: packet.platform,
                        payloadLength: packet.payload.count, receivedAt: packet.receivedAt.wall))
            }
        }
    }

    /// Writes the activity of devices. Called inside a write transaction.
    func flushActivity(_ database: Database) throws {
        let entries = activity.all
        let statement = try FastStatement(
            database,
            """
            INSERT INTO deviceActivity (device, last_seen_at, packet_count, frame_counter, frame_counter_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (device) DO UPDATE SET
                frame_counter = CASE WHEN ?6 OR ?5 >= coalesce(frame_counter_at, last_seen_at, 0)
                    THEN coalesce(?4, frame_counter) ELSE frame_counter END,
                frame_counter_at = CASE WHEN ?6 OR ?5 >= coalesce(frame_counter_at, last_seen_at, 0)
                    THEN coalesce(?5, frame_counter_at) ELSE frame_counter_at END,
                last_seen_at = max(coalesce(last_seen_at, ?2), coalesce(?2, last_seen_at)),
                packet_count = packet_count + ?3
            """)
        for (device, entry) in entries {
            statement.bind(device, at: 1)
            statement.bind(entry.lastSeenAt?.microseconds, at: 2)
            statement.bind(Int64(entry.packets), at: 3)
            statement.bind(entry.frameCounter, at: 4)
            statement.bind(entry.frameCounterAt?.time.microseconds, at: 5)
            statement.bind(Int64(entry.frameCounterAt?.isOwn == true ? 1 : 0), at: 6)
            _ = try statement.run()
        }
        // The packets of the running transaction are not in the ledger yet; they are above this.
        try Identity.setActivityThrough(lastSequence, in: database)
        let now = clock.now().monotonic
        afterCommit { [self] in
            activity.forget(entries)
            writerState.withLock { $0.activityFlushedAt = now }
        }
    }
}
