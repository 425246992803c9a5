import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging

/// What a central says, and what follows from it.
extension UpstreamWorker {
    /// Takes over what the central says. False when it is no answer, or not one to this history.
    mutating func take(_ reply: CentralReply, epoch: UniqueID) async -> Bool {
        switch reply {
        case .failed(let reason, let asked):
            await fail(reason, asked: asked)
            return false
        case .refused(let reason):
            await fail(reason, asked: options.retry.longest)
            options.board.update(upstream.id) { $0.state = .refused }
            return false
        case .answered(let answer):
            if let time = answer.time { options.timeTold(time, store.clock.now().monotonic) }
            let last = store.lastSequence
            guard epoch == store.epoch, answer.epoch == epoch.description else {
                planner.restart()
                return false
            }
            do {
                if try await contradicts(answer, last: last) {
                    try await beginAnotherHistory()
                    return false
                }
            } catch {
                await fail("\(error)", asked: nil)
                return false
            }
            let now = store.clock.now()
            planner.answered(answer, last: last, at: now.monotonic)
            upstream.arrived = planner.verified
            upstream.lastError = nil
            upstream.confirmedAt = store.clock.quality(of: now.wall) == .none ? nil : now.wall
            options.board.update(upstream.id) { status in
                status.state = .connected
                status.mark = answer.received.mark
                status.contactAt = now
                status.failure = nil
                status.contradictions = upstream.contradictions
                status.registryRevision = upstream.registryRevision
            }
            return true
        }
    }

    /// Whether the central has another history under this epoch: numbers that were not given out here, or
    /// another row at the same number.
    func contradicts(_ answer: SyncAnswer, last: Int64) async throws -> Bool {
        if answer.conflicts > 0 || answer.received.upperBound > last { return true }
        guard let witness = answer.witness else { return false }
        let own = try await store.fingerprints(witness.sequence...witness.sequence)[witness.sequence]
        return own.map { $0 != witness.fingerprint } ?? false
    }

    /// Holds what the central has against what is here.
    mutating func verify(_ range: ClosedRange<Int64>) async throws {
        let epoch = store.epoch
        switch try await client.fingerprints(range, of: epoch) {
        case .failed(let reason): await fail(reason, asked: nil)
        case .found(let found):
            guard epoch == store.epoch else { return planner.restart() }
            if found.contradict(try await store.fingerprints(range)) {
                try await beginAnotherHistory()
            } else {
                planner.isVerified(range)
                upstream.arrived = planner.verified
            }
        }
    }

    /// Two machines have one identity, or this one was restored from a backup: from now on its numbers
    /// mean something else, and everything that is here goes again. The identifiers of packets are the
    /// same, so that none is there twice.
    mutating func beginAnotherHistory() async throws {
        logger.error("the central has another history of this gateway; a new one begins, all is sent again")
        try await store.renewEpoch()
        upstream.contradictions += 1
        upstream.arrived = SequenceRanges()
        ahead = nil
        planner.beginAnew()
        try await store.note(UpstreamProgress(upstream), of: upstream.id)
        options.board.update(upstream.id) { $0.contradictions = upstream.contradictions }
    }

    mutating func fail(_ reason: String, asked: Duration?) async {
        ahead = nil
        planner.failed(asked: asked, at: store.clock.now().monotonic, using: &generator)
        if planner.failures == 1 {
            logger.warning("the central cannot be reached", metadata: ["error": "\(reason)"])
        }
        upstream.lastError = String(reason.prefix(300))
        let failure = upstream.lastError
        options.board.update(upstream.id) { status in
            status.state = .failing
            status.failure = failure
        }
        await show(evenNow: true)
    }
}
