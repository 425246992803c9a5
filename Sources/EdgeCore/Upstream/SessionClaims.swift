import EdgeModel
import EdgeStore

/// Decides which gateway answers a device that several of them hear: the one that has its session goes on
/// as long as it hears the device too.
struct SessionClaims {
    /// Claims that are remembered; more wait until there is room.
    private static let limit = 10_000
    /// What the sender says sooner than so long after a claim may not have the frame in it that was heard.
    private static let settling = Duration.seconds(4)
    /// Who claims something still does so within this time.
    private static let memory = Duration.seconds(600)

    struct Name: Hashable {
        var organization: OrganizationID
        var session: SessionName
    }

    private struct Pending {
        var gateway: GatewayID
        var sender: GatewayID
        var at: MonotonicInstant
        /// When the sender told of the session last.
        var heardAt: MonotonicInstant?
    }

    private var pending: [Name: Pending] = [:]

    /// Nil when nobody knows yet. `isSilent` says that the sender has not been heard from for long.
    mutating func decide(
        _ claim: SessionClaim, by gateway: GatewayID, in organization: OrganizationID,
        against standing: SessionStanding, isSilent: Bool, at now: MonotonicInstant
    ) -> Bool? {
        let name = Name(organization: organization, session: claim.name)
        if let last = standing.lastUplink, last >= claim.since {
            pending[name] = nil
            return false
        }
        if isSilent {
            pending[name] = nil
            return true
        }
        guard let known = pending[name], known.gateway == gateway, known.sender == standing.sender else {
            if pending.count >= Self.limit { forgetOld(at: now) }
            guard pending.count < Self.limit else { return nil }
            // Whoever came first is decided on first.
            if let known = pending[name], now.since(known.at) < Self.memory { return nil }
            pending[name] = Pending(gateway: gateway, sender: standing.sender, at: now)
            return nil
        }
        guard let heardAt = known.heardAt, heardAt.since(known.at) >= Self.settling else { return nil }
        pending[name] = nil
        return true
    }

    /// The sender has told of its session.
    mutating func heard(
        _ standing: SessionStanding, in organization: OrganizationID, at now: MonotonicInstant
    ) {
        pending[Name(organization: organization, session: standing.name)]?.heardAt = now
    }

    /// Sessions that this gateway should tell of.
    func wanted(from gateway: GatewayID, at now: MonotonicInstant) -> [SessionName] {
        pending.filter { _, claim in
            claim.sender == gateway && now.since(claim.at) >= Self.settling
                && (claim.heardAt.map { $0.since(claim.at) < Self.settling } ?? true)
        }.keys.map(\.session)
    }

    private mutating func forgetOld(at now: MonotonicInstant) {
        pending = pending.filter { now.since($0.value.at) < Self.memory }
    }
}
