package import EdgeModel
import SyncProtocol

extension Central {
    /// Takes a batch that was carried by hand. The same batch again changes nothing. Throws `notFound` for
    /// a gateway that the organization has not enrolled, `invalid` for what it has not sealed.
    package func take(
        envelope: [UInt8], of id: GatewayID, in organization: OrganizationID, by origin: Origin
    ) async throws -> SyncReceipt {
        let gateway = try await list(organization).first { $0.id == id && $0.enrolledAt != nil }
        guard let gateway else { throw EdgeError.notFound("Gateway not found") }
        let packed = try SealedEnvelope.open(
            envelope, by: privateKey, from: gateway.publicKey, purpose: SyncPurpose.batch)
        let batch: SyncBatch
        do {
            batch = try BatchFormat.decode(try GzipFormat.inflate(packed, upTo: BatchFormat.lengthLimit))
        } catch {
            throw EdgeError(.invalid, "The batch is not valid: \(error)", cause: error)
        }
        return try await receive(batch, of: gateway.id)
    }
}
