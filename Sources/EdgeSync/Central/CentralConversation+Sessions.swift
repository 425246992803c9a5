import EdgeModel
import EdgeStore
import Logging

/// LoRaWAN sessions that the gateways of an organization share.
extension CentralConversation {
    var sessionsHere: SyncPlanner.Sessions {
        SyncPlanner.Sessions(
            inForce: .init(epoch: upstream.sessions.epoch, revision: upstream.sessions.revision),
            haveChanged: store.sessionRevision != sessionsSent || isRestored)
    }

    /// This gateway has begun another history since it brought its sessions.
    private var isRestored: Bool {
        upstream.sessions.own.map { $0 != store.epoch.description } ?? false
    }

    /// Brings what has changed here and what is claimed, and puts in force what others have brought.
    mutating func exchangeSessions() async throws {
        guard let central = planner.centralSessions else { return }
        let latest = store.sessionRevision
        let outgoing = try await store.outgoingSessions(
            of: upstream.organization, isRestored: isRestored)
        if !outgoing.limited.isEmpty { options.sessionsShared(outgoing.limited) }
        let now = ledger.now
        let inForce = upstream.sessions
        guard
            !outgoing.isEmpty || isRestored || central.epoch != inForce.epoch
                || central.revision != inForce.revision
                || planner.wantsSessions
        else {
            sessionsSent = latest
            return planner.exchanged(at: now, isDone: true, inForce: central)
        }
        let isContinued = central.epoch == inForce.epoch
        let epoch = store.epoch.description
        let request = SessionExchange(
            epoch: epoch, after: isContinued ? inForce.revision : 0,
            sessions: outgoing.sessions, claims: outgoing.claims)
        let answer = try await client.exchange(request, as: upstream)
        var progress = CentralProgress()
        (progress.epoch, progress.revision, progress.own) = (central.epoch, answer.revision, epoch)
        let changed = try await store.apply(answer, to: outgoing, progress, of: upstream)
        options.sessionsShared(changed)
        upstream.sessions = progress
        let isDone =
            answer.isLast && outgoing.sessions.count < SharedSession.limit && answer.wanted.isEmpty
        // A claim that is not decided is asked for again.
        let decided = Set(answer.grants.map(\.name))
        if isDone, outgoing.claims.allSatisfy({ decided.contains($0.name) }) { sessionsSent = latest }
        planner.exchanged(
            at: ledger.now, isDone: isDone,
            inForce: .init(epoch: central.epoch, revision: answer.revision))
    }
}
