import EdgeModel
import EdgeStore
import LoRaNetwork
import LoRaWAN
import Logging

extension NetworkService {
    private static let pageLength = 500

    /// Devices with downlinks that wait: one of class C gets them without being heard first.
    func loadWaiting() async throws {
        try await learn(devices: try await store.devicesWithDownlinks())
    }

    /// Reads devices that the server does not know yet, so many at a time: after a start, all of a fleet
    /// may be heard at once.
    func learn(devices: [DeviceHandle]) async throws {
        let unknown = Array(Set(devices).filter { known[$0] == nil })
        for first in stride(from: 0, to: unknown.count, by: Self.pageLength) {
            let page = unknown[first..<min(first + Self.pageLength, unknown.count)]
            try await configure(try await store.registered(Array(page)))
        }
    }

    /// Takes over what changed in the registry about devices that the server knows.
    func takeRegistryChanges() async throws {
        while store.registryRevision > registryRevision {
            let (devices, revision) = try await store.registryChanges(
                after: registryRevision, limit: Self.pageLength)
            guard !devices.isEmpty else { return }
            try await configure(devices.filter { known[$0.handle] != nil })
            registryRevision = revision
        }
    }

    private func configure(_ devices: [RegisteredDevice]) async throws {
        guard !devices.isEmpty else { return }
        let states = try await store.networkState(of: devices.map(\.handle))
        let listening = devices.filter {
            known[$0.handle] == nil && DeviceSettings($0, standardRegion: region).deviceClass == .c
        }
        let gateways = try await store.lastGateways(of: listening.map(\.handle))
        for device in devices {
            let now = clock.now()
            if device.isDeleted || device.device.status == .inactive {
                known[device.handle] = nil
                registeredJoinEUIs[device.handle] = nil
                downlinks = downlinks.filter { $0.value.device != device.handle }
                perform(server.handle(.remove(device.handle), at: NetworkInstant(now.monotonic)), at: now)
            } else {
                configure(
                    device, states[device.handle] ?? NetworkState(), heardBy: gateways[device.handle],
                    at: now)
            }
        }
    }

    /// `gateway`: the one that heard a class C device last, where this process does not know it.
    private func configure(
        _ device: RegisteredDevice, _ state: NetworkState, heardBy gateway: GatewayID?,
        at now: ClockReading
    ) {
        let isNew = known[device.handle] == nil
        var knowledge = known[device.handle] ?? KnownDevice()
        if isNew {
            knowledge.startedAt = state.sessions.last?.summary.startedAt
            knowledge.lastUplinkAt = state.sessions.last?.summary.lastUplinkAt
        }
        known[device.handle] = knowledge
        registeredJoinEUIs[device.handle] = device.device.tags[Device.joinEUITag].flatMap { EUI64($0) }
        let settings = DeviceSettings(device, standardRegion: region)
        let configuration = DeviceConfiguration(
            devEUI: DevEUI(rawValue: device.device.devEUI.rawValue), settings: settings,
            rootKeys: RootKeys(device.device),
            sessions: sessions(of: device, state, settings, isNew: isNew),
            joinState: isNew ? joinState(state, of: device) : nil,
            queue: isNew ? state.downlinks.compactMap { item($0, for: device.handle, at: now) } : [],
            lastGateway: gateway?.forwarder.map { GatewayEUI(rawValue: $0.rawValue) })
        perform(
            server.handle(
                .configure(device.handle, configuration), at: NetworkInstant(now.monotonic)), at: now)
    }

    /// A device that was personalised has the session that was provisioned and no other; one that joins
    /// has those of its joins. Nil leaves the server's.
    private func sessions(
        of device: RegisteredDevice, _ state: NetworkState, _ settings: DeviceSettings, isNew: Bool
    ) -> [DeviceSession]? {
        let stored = state.sessions.compactMap { session -> DeviceSession? in
            do {
                return try DeviceSession(session)
            } catch {
                logger.error(
                    "a stored session cannot be read; the device has to join again",
                    metadata: ["device": "\(device.device.id)"])
                return nil
            }
        }
        guard let provisioned = UplinkSession(provisioned: device, settings) else {
            return isNew ? stored.filter { $0.id != .personalized } : nil
        }
        let same = stored.first {
            $0.id == .personalized && $0.uplink.devAddr == provisioned.devAddr
                && $0.uplink.keys == provisioned.keys
        }
        guard isNew || same == nil else { return nil }
        return [
            same
                ?? DeviceSession(
                    personalized: provisioned.devAddr, keys: provisioned.keys, settings: settings)
        ]
    }

    /// What this gateway remembers of the device's joins, and others of its organization.
    func joinState(_ state: NetworkState, of device: RegisteredDevice) -> JoinState? {
        do {
            let own = try state.joins.map { try JoinState(decoding: $0.bytes) }
            let shared = try state.sharedJoins.map { try JoinState(decoding: $0.bytes) }
            guard let own, let shared else { return own ?? shared }
            return own.merged(with: shared)
        } catch {
            logger.error(
                "the stored joins of a device cannot be read", metadata: ["device": "\(device.device.id)"])
            return nil
        }
    }

    /// A downlink as the server takes it. Nil, and marked so, when its time is over.
    func item(_ downlink: Downlink, for device: DeviceHandle, at now: ClockReading) -> DownlinkItem? {
        var expiresAt: NetworkInstant?
        if let lifetime = downlink.lifetime {
            let left = lifetime - (downlink.createdAt.age(at: store.bootMoment()) ?? .zero)
            guard left > .zero else {
                changes.downlinks[downlink.id] = Downlink.Progress(
                    state: .expired, attempts: downlink.progress.attempts,
                    frameCounter: downlink.progress.frameCounter, changedAt: now.wall)
                return nil
            }
            expiresAt = NetworkInstant(now.monotonic) + .microseconds(left.microseconds)
        }
        let id = DownlinkItemID(downlink.id)
        downlinks[id] = WaitingDownlink(
            id: downlink.id, device: device, attempts: downlink.progress.attempts,
            frameCounter: downlink.progress.frameCounter, isConfirmed: downlink.isConfirmed,
            reason: downlink.progress.reason)
        return DownlinkItem(
            id: id, fPort: downlink.fPort, payload: downlink.payload, isConfirmed: downlink.isConfirmed,
            priority: downlink.priority, expiresAt: expiresAt)
    }
}

extension RootKeys {
    /// What was provisioned by name goes before the halves of a device key, of which each may be the
    /// root key.
    init(_ device: Device) {
        let appKey = device.lorawan?.appKey.flatMap { AESKey($0.bytes) }
        let nwkKey = device.lorawan?.nwkKey.flatMap { AESKey($0.bytes) }
        guard appKey == nil, nwkKey == nil, let key = device.key?.bytes else {
            self.init(appKey: appKey, nwkKey: nwkKey)
            return
        }
        let halves = stride(from: 0, to: key.count, by: AESKey.byteCount).compactMap {
            AESKey(key[$0..<min($0 + AESKey.byteCount, key.count)])
        }
        self.init(candidates: halves)
    }
}

extension DownlinkItemID {
    /// The same after a restart: FNV-1a over the identifier.
    init(_ id: DownlinkID) {
        self.init(
            rawValue: id.rawValue.utf8.reduce(0xcbf2_9ce4_8422_2325) { hash, byte in
                (hash ^ UInt64(byte)) &* 0x0100_0000_01b3
            })
    }
}
