package import EdgeModel
import EdgeStore
import Synchronization

/// LoRaWAN sessions between gateways of an organization.
extension Central {
    /// Takes over the sessions that a gateway brings, decides on those that it claims, and answers with
    /// those of others.
    package func exchange(_ request: SessionExchange, from gateway: EnrolledGateway) async throws
        -> SessionAnswer
    {
        guard request.epoch.utf8.count <= 64, request.sessions.count <= SharedSession.limit,
            request.claims.count <= SharedSession.limit
        else { throw EdgeError.invalid("at most \(SharedSession.limit) sessions and claims at once") }
        let now = store.clock.now().monotonic
        let organization = gateway.organization
        var answer = try await store.exchange(request, from: gateway) { [self] standing in
            claims.withLock { $0.heard(standing, in: organization, at: now) }
        } decide: { [self] claim, standing in
            let isSilent = !isOnline(standing.sender)
            return claims.withLock {
                $0.decide(
                    claim, by: gateway.id, in: organization, against: standing, isSilent: isSilent, at: now)
            }
        }
        answer.wanted = Array(
            claims.withLock { $0.wanted(from: gateway.id, at: now) }.prefix(SharedSession.limit))
        return answer
    }

    /// Whether the gateway should tell of sessions that others claim.
    func wantsSessions(from gateway: GatewayID) -> Bool {
        let now = store.clock.now().monotonic
        return claims.withLock { !$0.wanted(from: gateway, at: now).isEmpty }
    }
}
