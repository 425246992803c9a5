import EdgeModel
import EdgeStore
import Logging

/// What a central refuses for good does not hold up the rest.
extension CentralConversation {
    /// Rows of the batch are refused, and it is not known yet which.
    mutating func sift(_ batch: PreparedBatch, _ reason: String) async throws {
        ahead = nil
        switch planner.refused(rows: batch.count, first: batch.first) {
        case .goesOn: break
        case .waits: throw UpstreamFailure.rejected(reason)
        case .setAside(let sequence): try await setAside(sequence, in: batch.epoch, reason)
        }
    }

    /// The row stays here; the central is told that its number has none, as of one that was discarded.
    private mutating func setAside(_ sequence: Int64, in epoch: UniqueID, _ reason: String) async throws {
        // First: a number that is confirmed, and not known here to be, is held against the row.
        planner.setsAside(sequence)
        upstream.arrived = planner.verified
        try await ledger.note()
        let settled = SyncBatch(epoch: epoch, range: sequence...sequence)
        guard try await take(try await client.send(try PreparedBatch.pack(settled)), epoch: epoch) else {
            return
        }
        planner.isSetAside(sequence)
        ledger.update { $0.rowsRefused += 1 }
        metrics.refused()
        logger.error(
            "the central refuses a packet: it is not sent again",
            metadata: ["sequence": "\(sequence)", "error": "\(reason)"])
        try await store.note(
            AuditNote(
                .upstreamRefuse, by: .gateway, at: store.clock.now().wall, in: upstream.organization,
                object: upstream.id.rawValue, detail: "sequence \(sequence): \(reason)"))
    }

    /// Records of this kind are refused, `name` alone where it is one. What is left out is said; after that,
    /// too, the next is not tried in a hurry.
    func follow(_ verdict: Halving.Verdict, _ kind: String, of name: String, _ reason: String)
        throws(UpstreamFailure)
    {
        if verdict == .smaller { return }
        if verdict == .leftOut {
            metrics.refused()
            logger.error(
                "the central refuses a record: it is not sent again",
                metadata: ["kind": "\(kind)", "of": "\(name)", "error": "\(reason)"])
        }
        throw .rejected(reason)
    }

    /// What the central has; where it refuses the report, an empty batch asks the same.
    mutating func answer(to report: GatewayReport, _ epoch: UniqueID) async throws -> SyncAnswer {
        if ledger.troubles.held(at: ledger.now)[.report] == nil {
            do {
                let answer = try await client.report(report)
                ledger.hasSucceeded(.report)
                return answer
            } catch let failure as UpstreamFailure {
                guard case .rejected = failure else { throw failure }
                ledger.hasFailed(failure, .report)
            }
        }
        return try await client.send(try PreparedBatch.pack(SyncBatch(epoch: epoch, range: nil)))
    }
}
