import EdgeModel
import EdgeStore
import LoRaNetwork
import LoRaWAN
import Logging

// Sessions that other gateways of the organization have too.
extension NetworkService {
    /// Notes that a device is heard which another gateway answers: the central then decides who does.
    func claimIfElsewhere(_ id: SessionID, of device: DeviceHandle, _ counter: UInt32) {
        guard let session = server.sessions(of: device).first(where: { $0.id == id }),
            session.sending == .not,
            changes.claims[device]?[id.rawValue] == nil
        else { return }
        changes.claims[device, default: [:]][id.rawValue] = counter
        // The central is asked with the next commit: at once.
        mustCommit = true
    }

    /// Takes over what has been agreed on. A device that was not heard here only gets its frames opened.
    func refresh(_ device: DeviceHandle) async throws {
        let state = try await store.networkState(of: [device])[device] ?? NetworkState()
        let agreed = state.sessions.compactMap { session -> DeviceSession? in
            do {
                return try DeviceSession(session)
            } catch {
                logger.error(
                    "a session of another gateway cannot be read", metadata: ["number": "\(session.number)"])
                return nil
            }
        }
        guard known[device] != nil else {
            // One that was provisioned came with the device.
            for session in agreed where session.id != .personalized {
                sessionChanges.append(.install(device, session.id, session.uplink))
            }
            return
        }
        let found = try await store.registered([device]).first
        guard let found, !found.isDeleted else { return }
        let first = state.sessions.reduce(into: [:]) { $0[$1.number] = $1.sharing?.first }
        let merged = Self.merge(
            server.sessions(of: device), with: agreed.map { ($0, first[$0.id.rawValue] ?? 0) })
        let own = server.joinState(of: device)
        let shared = joinState(state, of: found)
        let now = clock.now()
        let configuration = DeviceConfiguration(
            devEUI: DevEUI(rawValue: found.device.devEUI.rawValue),
            settings: DeviceSettings(found, standardRegion: region), rootKeys: RootKeys(found.device),
            sessions: merged, joinState: shared.map { own?.merged(with: $0) ?? $0 })
        perform(
            server.handle(.configure(device, configuration), at: NetworkInstant(now.monotonic)), at: now)
        for session in server.sessions(of: device) {
            changes.sessions[device, default: [:]][session.id.rawValue] = stored(session, of: device)
        }
    }

    /// Of a session that another answers, the other knows more, but for what was heard here; of one that
    /// is answered here, this gateway does.
    private static func merge(_ here: [DeviceSession], with stored: [(DeviceSession, first: UInt32)])
        -> [DeviceSession]
    {
        var merged = here
        for (session, first) in stored {
            guard let place = merged.firstIndex(where: { $0.id == session.id }) else {
                if session.id != .personalized { merged.append(session) }
                continue
            }
            let known = merged[place]
            // A device that was provisioned anew is in another session.
            guard known.uplink.devAddr == session.uplink.devAddr, known.uplink.keys == session.uplink.keys
            else { continue }
            if session.sending == .not {
                merged[place] = session.heard(known.uplink)
            } else {
                merged[place] = known.sending(session.sending, from: first)
            }
        }
        return merged
    }
}

extension DeviceSession {
    /// A session as it was stored, with what was agreed on about it.
    init(_ stored: LoRaWANSession) throws(StateError) {
        let session = try DeviceSession(decoding: stored.state.bytes)
        guard let sharing = stored.sharing else {
            self = session
            return
        }
        self = session.sending(sharing.isElsewhere ? .not : .below(sharing.ceiling), from: sharing.first)
    }
}
