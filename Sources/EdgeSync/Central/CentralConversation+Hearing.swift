import EdgeDelivery
import EdgeModel
import EdgeStore
import Logging

/// What a central says, and what follows from it.
extension CentralConversation {
    /// Takes over what the central says. False when it is no answer to this history.
    mutating func take(_ answer: SyncAnswer, epoch: UniqueID) async throws -> Bool {
        if let time = answer.time { options.timeTold(time, ledger.now) }
        let last = store.lastSequence
        guard epoch == store.epoch, answer.epoch == epoch.description else {
            planner.restart()
            return false
        }
        if try await contradicts(answer, last: last) {
            try await beginAnotherHistory()
            return false
        }
        try await notice(answer)
        planner.answered(answer, last: last, at: ledger.now)
        upstream.arrived = planner.verified
        ledger.hasAnswered(mark: answer.received.mark)
        return true
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
        let found = try await client.fingerprints(range, of: epoch)
        guard epoch == store.epoch else { return planner.restart() }
        if found.contradict(try await store.fingerprints(range)) {
            try await beginAnotherHistory()
        } else {
            planner.isVerified(range)
            upstream.arrived = planner.verified
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
        try await ledger.note()
        let contradictions = upstream.contradictions
        ledger.update { $0.contradictions = contradictions }
    }
}
