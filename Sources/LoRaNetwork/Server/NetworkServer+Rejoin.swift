import LoRaWAN

// Rejoin-requests of 1.1, answered as joins are.
extension NetworkServer {
    mutating func take(
        _ request: RejoinRequest, _ reception: UplinkReception, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        gateways.note(reception)
        guard let place = byDevEUI[request.devEUI], let state = devices[place] else {
            unknownJoins &+= 1
            return
        }
        if isCopy(request.mic, reception, place, state, at: now) { return }
        if let refusal = refusal(of: request, reception, state) {
            refuse(refusal, request.counter, place, at: now, &actions)
            return
        }
        guard joinCollections < limits.joins else {
            joinsDropped &+= 1
            return
        }
        prepare(request, reception, place, at: now, &actions)
    }

    private func refusal(
        of request: RejoinRequest, _ reception: UplinkReception, _ state: DeviceState
    ) -> JoinRefusal? {
        guard let nwkKey = state.rootKeys.nwkKey, state.rootKeys.appKey != nil else { return .noKey }
        guard state.settings.region.parameters.canHear(reception) else {
            return .noRegion
        }
        guard state.join.nextJoinNonce <= JoinState.lastJoinNonce else { return .joinNoncesUsedUp }
        switch request.kind {
        case .reset(let network), .rekey(let network):
            guard let session = state.sessions.first, session.uplink.keys.version == .v11,
                state.join.joinEUI != nil
            else { return .noSession }
            guard network == netID else { return .foreignNetwork }
            guard request.verify(key: session.uplink.keys.sNwkSIntKey) else { return .micMismatch }
            return session.lastRejoinCount0.map { request.counter > $0 } ?? true ? nil : .nonceUsed
        case .restore:
            guard request.verify(key: JoinKeys(nwkKey: nwkKey, devEUI: request.devEUI).jsIntKey) else {
                return .micMismatch
            }
            return state.join.lastRejoinCount1.map { request.counter > $0 } ?? true ? nil : .nonceUsed
        }
    }

    private mutating func prepare(
        _ request: RejoinRequest, _ reception: UplinkReception, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        guard var state = devices[place], let nwkKey = state.rootKeys.nwkKey,
            let appKey = state.rootKeys.appKey
        else { return }
        switch request.kind {
        case .restore(let joinEUI):
            state.join.lastRejoinCount1 = request.counter
            state.join.joinEUI = joinEUI
        case .reset, .rekey: state.sessions[0].lastRejoinCount0 = request.counter
        }
        guard let joinEUI = state.join.joinEUI else { return }
        let current = state.sessions.first?.radio
        // Type 2 leaves the radio as it is; the others begin anew.
        let kept: RadioState? = if case .rekey = request.kind { current } else { nil }
        let fresh = RadioState(region: state.settings.region, version: state.settings.version)
        let cfList = kept == nil ? cfList(state.settings, fresh, reception) : []
        let accept = accept(&state, optNeg: true, cfList: cfList, radio: kept)
        let keys = SessionKeys(
            nwkKey: nwkKey, appKey: appKey, joinNonce: accept.joinNonce, joinEUI: joinEUI,
            devNonce: request.counter)
        let joinKeys = JoinKeys(nwkKey: nwkKey, devEUI: request.devEUI)
        let signature = JoinAccept.Signature.v11(
            jsIntKey: joinKeys.jsIntKey, requestType: request.kind.rawValue, joinEUI: joinEUI,
            devNonce: request.counter)
        guard let sealed = try? accept.seal(key: joinKeys.jsEncKey, signature: signature) else { return }
        var session = DeviceSession(
            joined: accept, keys: keys, settings: state.settings, radio: fresh, version: .v110, cfList: cfList
        )
        if let kept { session.radio = kept }
        devices[place] = state
        let listens: RadioState = if case .restore = request.kind { fresh } else { current ?? fresh }
        begin(
            session, sealed, listens, mic: request.mic, rejoinType: request.kind.rawValue, reception, place,
            at: now, &actions)
        // RJcount0 is the current session's.
        if let current = devices[place]?.sessions.first, current.isHeard {
            persist(place, current.id, &actions)
        }
    }
}
