package import EdgeModel
package import EdgeStore

/// Looks who is silent for too long, and writes it down: devices for longer than their profiles say,
/// gateways for longer than the operator allows. Two gateways of one EUI are an event too.
///
/// Packet forwarders and uploading gateways are watched. Adapters of this machine are not: silence around
/// them says nothing of them. A gateway that belongs to no organization is every organization's.
package struct SilenceMonitor: Sendable {
    private let store: Store
    private let board: GatewayBoard
    private let gateways: Gateways
    private let allowedSilence: Duration
    private var watch: SilenceWatch?
    private var known: [GatewayID: WatchedGateway] = [:]
    private var written: [GatewayID: WatchedGateway] = [:]
    private var wroteAt: MonotonicInstant?
    private var duplicates = DuplicateWatch()

    /// How often the time of the last sign of life is written.
    private static let writingInterval = Duration.seconds(60)
    /// Where there is no room for one more, gateways that were silent for so long are watched no longer:
    /// anybody can make forwarders up.
    private static let patience = Duration.seconds(86_400)

    package init(store: Store, board: GatewayBoard, gateways: Gateways, allowedSilence: Duration) {
        self.store = store
        self.board = board
        self.gateways = gateways
        self.allowedSilence = allowedSilence
    }

    /// One look. What could not be written is found again by the next.
    package mutating func look() async throws -> [SilenceWatch.Change] {
        var next = try await started()
        let now = store.clock.now()
        takeBoard(now)
        var subjects = try await store.watchedDevices()
        subjects += try await watchedGateways()
        let changes = next.look(at: subjects, now: now, quality: store.clock.quality)
        if !changes.isEmpty { try await write(changes, at: now.wall) }
        try await tellOfDuplicates(at: now.wall)
        try await writeGateways(now.monotonic)
        watch = next
        return changes
    }

    private mutating func started() async throws -> SilenceWatch {
        if let watch { return watch }
        known = try await store.watchedGateways()
        written = known
        return SilenceWatch(raised: try await store.raisedAlerts())
    }

    private mutating func takeBoard(_ now: ClockReading) {
        if known.count >= GatewayBoard.capacity { forgetTheSilent(now) }
        for status in board.snapshot() where status.kind != .bluetoothAdapter {
            let seen = status.lastSeen.wall
            guard let gateway = known[status.id] else {
                guard known.count < GatewayBoard.capacity,
                    now.monotonic.since(status.lastSeen.monotonic) < Self.patience
                else { continue }
                known[status.id] = WatchedGateway(
                    organization: gateways.organization(of: status.id), lastSeenAt: seen, watchedSince: seen)
                continue
            }
            if gateway.lastSeenAt != seen { known[status.id]?.lastSeenAt = seen }
        }
    }

    private mutating func forgetTheSilent(_ now: ClockReading) {
        guard store.clock.quality != .none else { return }
        let limit = now.wall.advanced(byMicroseconds: -Self.patience.microseconds)
        known = known.filter { $0.value.lastSeenAt > limit }
    }

    private mutating func tellOfDuplicates(at now: Timestamp) async throws {
        let stations = board.snapshot()
        let fresh = duplicates.fresh(among: stations)
        if !fresh.isEmpty {
            let all = try await store.organizations().map(\.id)
            let events = fresh.flatMap { station in
                (gateways.organization(of: station.id).map { [$0] } ?? all).map { organization in
                    GatewayEvent(
                        id: UniqueID.random().description, organization: organization,
                        type: .gatewayDuplicated, subject: .gateway(station.id), name: station.id.rawValue,
                        allowedSilence: .zero, lastSeenAt: station.lastSeen.wall, occurredAt: now)
                }
            }
            try await store.record(raised: [], cleared: [], events: events, at: now)
        }
        duplicates.told(of: stations)
    }

    private func watchedGateways() async throws -> [WatchedSubject] {
        guard !known.isEmpty else { return [] }
        let all = try await store.organizations().map(\.id)
        return known.flatMap { id, gateway in
            (gateway.organization.map { [$0] } ?? all).map { organization in
                WatchedSubject(
                    organization: organization, subject: .gateway(id), name: id.rawValue,
                    allowedSilence: allowedSilence, lastSeenAt: gateway.lastSeenAt,
                    watchedSince: gateway.watchedSince)
            }
        }
    }

    private func write(_ changes: [SilenceWatch.Change], at now: Timestamp) async throws {
        var raised: [Alert] = []
        var cleared: [(OrganizationID, Alert.Subject)] = []
        for change in changes {
            switch change {
            case .silent(let subject):
                raised.append(
                    Alert(
                        id: UniqueID.random().description, organization: subject.organization,
                        subject: subject.subject, name: subject.name,
                        allowedSilence: subject.allowedSilence, lastSeenAt: subject.lastSeenAt, raisedAt: now)
                )
            case .heardAgain(let subject): cleared.append((subject.organization, subject.subject))
            case .excused(let key): cleared.append((key.organization, key.subject))
            }
        }
        let events = changes.compactMap { Self.event($0, at: now) }
        try await store.record(raised: raised, cleared: cleared, events: events, at: now)
    }

    /// Nil for one that nobody has to be told of.
    private static func event(_ change: SilenceWatch.Change, at now: Timestamp) -> GatewayEvent? {
        let (subject, isSilent): (WatchedSubject, Bool)
        switch change {
        case .silent(let silent): (subject, isSilent) = (silent, true)
        case .heardAgain(let heard): (subject, isSilent) = (heard, false)
        case .excused: return nil
        }
        let type: WebhookEvent =
            switch subject.subject {
            case .device: isSilent ? .deviceSilent : .deviceHeardAgain
            case .gateway: isSilent ? .gatewaySilent : .gatewayHeardAgain
            }
        return GatewayEvent(
            id: UniqueID.random().description, organization: subject.organization, type: type,
            subject: subject.subject, name: subject.name, allowedSilence: subject.allowedSilence,
            lastSeenAt: subject.lastSeenAt, occurredAt: now)
    }

    private mutating func writeGateways(_ now: MonotonicInstant) async throws {
        if let wroteAt, now.since(wroteAt) < Self.writingInterval { return }
        let fresh = known.filter { written[$0.key] != $0.value }
        let gone = written.keys.filter { known[$0] == nil }
        if !fresh.isEmpty || !gone.isEmpty { try await store.keep(fresh, forgetting: gone) }
        written = known
        wroteAt = now
    }
}

/// Alerts, as their owners read them.
package struct Alerts: Sendable {
    private let store: Store

    package static let pageLimit = 1_000

    init(store: Store) { self.store = store }

    /// The newest first, at most `limit`.
    package func list(_ organization: OrganizationID, raisedOnly: Bool, limit: Int) async throws -> [Alert] {
        try await store.alerts(of: organization, raisedOnly: raisedOnly, limit: limit)
    }
}
