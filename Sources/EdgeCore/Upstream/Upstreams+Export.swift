package import EdgeModel
import EdgeStore
import SyncProtocol

/// A batch that is carried by hand: only the central can open it.
package struct ExportedBatch: Sendable {
    package var gateway: GatewayID
    package var epoch: UniqueID
    package var envelope: [UInt8]
    /// Rows in it.
    package var packets: Int
    /// The last sequence number that it settles.
    package var through: Int64
}

extension Upstreams {
    /// The next batch of what the central has not confirmed, above `sequence`; nil when that is all.
    /// Nothing is marked as sent: what was carried is known once the central is met again.
    package func export(_ id: UpstreamID, after sequence: Int64, in organization: OrganizationID) async throws
        -> ExportedBatch?
    {
        let upstream = try await find(id, in: organization)
        guard upstream.hubble == nil else {
            throw EdgeError.invalid("Only a holdfast central takes batches that are carried by hand")
        }
        let (epoch, last) = (store.epoch, store.lastSequence)
        let gap = upstream.arrived.missing(through: last).first { $0.upperBound > sequence }
        guard let gap else { return nil }
        let range = max(gap.lowerBound, sequence + 1)...gap.upperBound
        try await store.reserve(through: range.upperBound, of: id)
        let found = try await store.outgoing(organization, in: range, limit: SyncBatch.rowLimit)
        let settled = range.lowerBound...max(range.lowerBound, found.through)
        let batch = SyncBatch(epoch: epoch, range: settled, packets: found.packets)
        guard let packed = GzipFormat.deflate(BatchFormat.encode(batch)) else {
            throw EdgeError(.unavailable, "There is no memory to pack a batch")
        }
        let envelope = try SealedEnvelope.seal(
            packed, to: upstream.centralKey, from: upstream.privateKey, purpose: SyncPurpose.batch)
        return ExportedBatch(
            gateway: upstream.gateway, epoch: epoch, envelope: envelope, packets: found.packets.count,
            through: settled.upperBound)
    }
}
