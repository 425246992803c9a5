import EdgeModel
import EdgeStore
import Logging
import SyncProtocol

/// What goes up beside packets.
extension CentralConversation {
    /// One batch of audit entries.
    mutating func sendAudit() async throws {
        guard let epoch = planner.centralEpoch else { return }
        let sent = try await sendAudit(epoch)
        planner.sentAudit(at: ledger.now, isDone: sent < AuditBatch.limit)
    }

    /// One batch of frames that nobody could open, where the upstream wants them.
    mutating func sendRawFrames() async throws {
        guard let epoch = planner.centralEpoch else { return }
        let limit = min(planner.bandwidth.rowLimit, frameHalving.limit)
        let sent = try await sendRawFrames(epoch, limit: limit)
        planner.sentFrames(at: ledger.now, isDone: sent < limit)
    }

    /// How many entries went.
    private mutating func sendAudit(_ epoch: String) async throws -> Int {
        // A central that was restored may lack what it had.
        if upstream.audit.epoch != epoch { upstream.audit.revision = 0 }
        let last = try await store.lastAuditEntry()
        // A log that is shorter than it was is another one.
        if last < upstream.audit.revision { upstream.audit.revision = 0 }
        guard last > upstream.audit.revision else { return 0 }
        let batch = try await store.outgoingAudit(of: upstream.organization, after: upstream.audit.revision)
        guard let through = batch.entries.last?.sequence else { return 0 }
        let bytes = try await client.bring(
            batch, to: "/api/v1/edge/audit", purpose: SyncPurpose.audit, as: upstream)
        planner.used(bytes: bytes, rows: 0, at: ledger.now)
        (upstream.audit.epoch, upstream.audit.revision) = (epoch, through)
        try await store.noteAudit(upstream.audit, of: upstream.id)
        return batch.entries.count
    }

    /// The same of frames.
    private mutating func sendRawFrames(_ epoch: String, limit: Int) async throws -> Int {
        guard upstream.sendsRawFrames else { return 0 }
        let found = try await store.outgoingRawFrames(to: upstream.id, epoch: epoch, limit: limit)
        guard !found.batch.frames.isEmpty else { return 0 }
        do {
            let bytes = try await client.bring(
                found.batch, to: "/api/v1/edge/frames", purpose: SyncPurpose.frames, as: upstream)
            planner.used(bytes: bytes, rows: 0, at: ledger.now)
        } catch UpstreamFailure.rejected(let reason) {
            let verdict = frameHalving.refused(found.batch.frames.count)
            if verdict == .leftOut {
                try await store.noteRawFrames(through: found.through, epoch: epoch, of: upstream.id)
            }
            try follow(verdict, "frame", of: "\(found.through)", reason)
            return limit
        }
        frameHalving.taken()
        try await store.noteRawFrames(through: found.through, epoch: epoch, of: upstream.id)
        return found.batch.frames.count
    }
}
