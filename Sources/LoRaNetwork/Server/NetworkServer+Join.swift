import LoRaWAN

// Joins: judged at the first reception, answered through the best gateway.
extension NetworkServer {
    mutating func take(
        _ request: JoinRequest, _ reception: UplinkReception, at now: NetworkInstant, _ actions: inout Actions
    ) {
        gateways.note(reception)
        guard let place = byDevEUI[request.devEUI], let state = devices[place] else {
            unknownJoins &+= 1
            return
        }
        if isCopy(request.mic, reception, place, state, at: now) { return }
        switch verify(request, reception, state) {
        case .failure(let refusal): refuse(refusal, request.devNonce, place, at: now, &actions)
        case .success(let key):
            guard joinCollections < limits.joins else {
                joinsDropped &+= 1
                refuse(.tooMany, request.devNonce, place, at: now, &actions)
                return
            }
            prepare(request, key, reception, place, at: now, &actions)
        }
    }

    /// Another gateway's copy of the join that is being answered, or was just now.
    mutating func isCopy(
        _ mic: MIC, _ reception: UplinkReception, _ place: Int, _ state: DeviceState, at now: NetworkInstant
    ) -> Bool {
        if case .join(let prepared)? = collections[place]?.purpose, prepared.mic == mic {
            addReception(reception, to: place)
            return true
        }
        // A device sends a join-request once: the same one is a copy as long as its answer may be on
        // the air, and a replay afterwards.
        return state.rare.lastJoin.map { $0.mic == mic && now - $0.at < .seconds(6) } ?? false
    }

    private struct VerifiedKey {
        var key: AESKey
        var number: UInt8
        /// The root key is NwkKey, and AppKey is known too: 1.1.
        var isNwkKey: Bool
    }

    private enum Verdict {
        case success(VerifiedKey)
        case failure(JoinRefusal)
    }

    private func verify(
        _ request: JoinRequest, _ reception: UplinkReception, _ state: DeviceState
    ) -> Verdict {
        guard state.settings.supportsJoin else { return .failure(.joinsNotSupported) }
        let keys = state.rootKeys.signing
        guard !keys.isEmpty else { return .failure(.noKey) }
        guard state.settings.region.parameters.canHear(reception) else {
            return .failure(.noRegion)
        }
        // The key that verified before is tried first.
        let first = state.join.verifiedKey.map(Int.init).flatMap { keys.indices.contains($0) ? $0 : nil } ?? 0
        let order = [first] + keys.indices.filter { $0 != first }
        guard let number = order.first(where: { request.verify(rootKey: keys[$0]) }) else {
            return .failure(.micMismatch)
        }
        guard state.join.allows(request.devNonce, version: state.settings.version) else {
            return .failure(.nonceUsed)
        }
        guard state.join.nextJoinNonce <= JoinState.lastJoinNonce else { return .failure(.joinNoncesUsedUp) }
        return .success(
            VerifiedKey(
                key: keys[number], number: UInt8(truncatingIfNeeded: number),
                isNwkKey: number == 0 && state.rootKeys.nwkKey != nil && state.rootKeys.appKey != nil))
    }

    mutating func refuse(
        _ refusal: JoinRefusal, _ nonce: UInt16, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        if let noted = devices[place]?.rare.refusalNotedAt, now - noted < limits.refusalNotes { return }
        devices[place]?.rare.refusalNotedAt = now
        note(.joinRefused(refusal, devNonce: nonce), place, &actions)
    }

    private mutating func prepare(
        _ request: JoinRequest, _ verified: VerifiedKey, _ reception: UplinkReception, _ place: Int,
        at now: NetworkInstant, _ actions: inout Actions
    ) {
        guard var state = devices[place] else { return }
        state.join.use(request.devNonce, version: state.settings.version)
        state.join.joinEUI = request.joinEUI
        state.join.verifiedKey = verified.number
        let is11 = state.settings.version == .v110 && verified.isNwkKey
        var radio = RadioState(region: state.settings.region, version: state.settings.version)
        // What it joined with is the likeliest for its first uplink.
        radio.dataRate = radio.region.parameters.uplinkDataRate(reception.dataRate) ?? radio.dataRate
        let cfList = cfList(state.settings, radio, reception)
        let accept = accept(&state, optNeg: is11, cfList: cfList)
        let keys: SessionKeys
        let signature: JoinAccept.Signature
        if is11, let appKey = state.rootKeys.appKey {
            keys = SessionKeys(
                nwkKey: verified.key, appKey: appKey, joinNonce: accept.joinNonce, joinEUI: request.joinEUI,
                devNonce: request.devNonce)
            signature = .v11(
                jsIntKey: JoinKeys(nwkKey: verified.key, devEUI: request.devEUI).jsIntKey, requestType: 0xFF,
                joinEUI: request.joinEUI, devNonce: request.devNonce)
        } else {
            keys = SessionKeys(
                appKey: verified.key, joinNonce: accept.joinNonce, netID: netID, devNonce: request.devNonce)
            signature = .v10(verified.key)
        }
        guard let sealed = try? accept.seal(key: verified.key, signature: signature) else { return }
        let session = DeviceSession(
            joined: accept, keys: keys, settings: state.settings, radio: radio,
            version: is11 ? .v110 : min(state.settings.version, .v104), cfList: cfList)
        devices[place] = state
        begin(session, sealed, radio, mic: request.mic, rejoinType: nil, reception, place, at: now, &actions)
    }

    /// The next JoinNonce and a new address.
    mutating func accept(
        _ state: inout DeviceState, optNeg: Bool, cfList: [UInt8], radio: RadioState? = nil
    ) -> JoinAccept {
        let joinNonce = state.join.nextJoinNonce
        state.join.nextJoinNonce += 1
        let wanted = state.settings.rxParameters
        let offset = radio?.rx1Offset ?? wanted.rx1Offset
        let dataRate = radio?.rx2DataRate ?? wanted.rx2DataRate
        return JoinAccept(
            joinNonce: joinNonce, netID: netID, devAddr: newAddress(),
            dlSettings: (optNeg ? 0x80 : 0) | (offset & 7) << 4 | dataRate & 0x0F,
            rxDelay: radio?.rxDelay ?? state.settings.receiveDelay, cfList: cfList)
    }

    /// A random address of this network (LoRaWAN 1.1, section 6.1.1; backend interfaces, table 2).
    private mutating func newAddress() -> DevAddr {
        let addressBits: [UInt32] = [25, 24, 20, 17, 15, 13, 10, 7]
        let type = Int(netID.rawValue >> 21)
        let bits = addressBits[type]
        // Type t: t ones and a zero, then the low bits of NetID.
        let prefix = type == 0 ? 0 : UInt32.max << (32 - UInt32(type))
        let network = netID.rawValue << bits & (.max >> UInt32(type + 1))
        return DevAddr(rawValue: prefix | network | random.next() & ((1 << bits) - 1))
    }

    /// Frequencies or masks for the device; none where the accept would be on the air too long.
    func cfList(
        _ settings: DeviceSettings, _ radio: RadioState, _ reception: UplinkReception
    ) -> [UInt8] {
        let parameters = settings.region.parameters
        if radio.limitsDownlinkDwell {
            let rates = windows(reception, radio, settings.revision, delay: 5).compactMap {
                parameters.dataRate($0.dataRate)
            }
            guard rates.allSatisfy({ $0.airtime(byteCount: 33) <= 400_000 }) else { return [] }
        }
        return parameters.cfList(settings)
    }

    mutating func begin(
        _ session: DeviceSession, _ sealed: SealedJoinAccept, _ radio: RadioState, mic: MIC,
        rejoinType: UInt8?, _ reception: UplinkReception, _ place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        guard var state = devices[place] else { return }
        abandonFlight(place, at: now, &actions)
        for old in state.sessions where !old.isHeard { actions.append(.retire(names[place], old.id)) }
        state.sessions.removeAll { !$0.isHeard }
        state.sessions.append(session)
        sharedChannels.share(&state.sessions[state.sessions.count - 1].radio)
        state.rare.lastJoin = .init(mic: mic, at: now)
        devices[place] = state
        let activation = NetworkNote.Activation(
            session: session.id, devAddr: session.uplink.devAddr, version: session.version,
            rejoinType: rejoinType)
        open(
            Gathering(
                purpose: .join(
                    PreparedJoin(mic: mic, bytes: sealed.bytes, radio: radio, activation: activation)),
                closesAt: reception.receivedAt + limits.collection, receptions: [reception]), of: place)
    }

    mutating func answer(
        _ prepared: PreparedJoin, _ receptions: [UplinkReception], of place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        guard let state = devices[place], let index = state.index(of: prepared.activation.session) else {
            return
        }
        persistJoin(place, &actions)
        persist(place, prepared.activation.session, &actions)
        actions.append(
            .install(names[place], prepared.activation.session, state.sessions[index].uplink))
        note(.joinAnswered(prepared.activation), place, &actions)
        let opportunities = receptions.flatMap {
            windows($0, prepared.radio, state.settings.revision, delay: Self.joinDelay)
        }
        launch(
            Flight(content: .join(prepared.bytes), opportunities: opportunities), of: place, at: now, &actions
        )
    }

    /// JOIN_ACCEPT_DELAY1 in seconds.
    private static var joinDelay: Int64 { 5 }
}

extension DeviceSession {
    /// What a device has after this join-accept.
    init(
        joined accept: JoinAccept, keys: SessionKeys, settings: DeviceSettings, radio: RadioState,
        version: LoRaWANVersion, cfList: [UInt8]
    ) {
        var radio = radio
        radio.rxDelay = max(1, accept.rxDelay & 0x0F)
        radio.rx1Offset = accept.dlSettings >> 4 & 7
        radio.rx2DataRate = accept.dlSettings & 0x0F
        // 1.1 devices say themselves that they are class C.
        radio.deviceClass = version == .v110 ? .a : settings.deviceClass
        radio.take(cfList: cfList)
        self.init(
            id: SessionID(rawValue: accept.joinNonce), version: version,
            uplink: UplinkSession(devAddr: accept.devAddr, keys: keys, settings: settings), isHeard: false,
            radio: radio)
    }
}
