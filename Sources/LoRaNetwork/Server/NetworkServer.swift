package import LoRaWAN

/// The LoRaWAN network server of all devices, as a value: events in, actions out. It knows no clock,
/// no socket and no disk.
///
/// `Device` is the owner's reference to a device, small and cheap to copy. The owner performs the
/// actions of each event in their order, and comes back with `.timer` at `nextDeadline`.
package struct NetworkServer<Device: Hashable & Sendable>: Sendable {
    package typealias Actions = [NetworkAction<Device>]

    package let netID: NetID
    package let limits: NetworkLimits
    /// Join- and rejoin-requests of devices that nobody has registered.
    package internal(set) var unknownJoins: UInt64 = 0
    /// Joins that came while too many others were being answered.
    package internal(set) var joinsDropped: UInt64 = 0

    var random: any RandomNumberGenerator & Sendable
    var places: [Device: Int] = [:]
    var devices: [DeviceState?] = []
    /// The owner's reference of each place.
    var names: [Device] = []
    var freePlaces: [Int] = []
    var byDevEUI: [DevEUI: Int] = [:]
    var sharedSettings: [DeviceSettings: SharedSettings] = [:]
    var sharedSettingsLimit = NetworkServer.minimumSharedSettings
    var sharedChannels = SharedChannels()
    var agenda = Agenda()
    var gateways: GatewayStates
    var collections: [Int: Gathering] = [:]
    var joinCollections = 0
    var flights: [Int: Flight] = [:]
    var tokens: [UInt64: Int] = [:]
    var nextToken: UInt64 = 1

    /// `netID` 0 is for experiments and private networks: DevAddr then begins with seven zero bits.
    package init(
        netID: NetID = NetID(rawValue: 0), limits: NetworkLimits = NetworkLimits(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.netID = netID
        self.limits = limits
        self.random = random
        gateways = GatewayStates(limit: limits.gateways)
    }

    /// When `.timer` is wanted; nil when nothing is waiting.
    package var nextDeadline: NetworkInstant? { agenda.next }

    package var deviceCount: Int { places.count }

    /// What is known of a device now.
    package func sessions(of device: Device) -> [DeviceSession] {
        places[device].flatMap { devices[$0]?.sessions } ?? []
    }

    package func joinState(of device: Device) -> JoinState? { places[device].flatMap { devices[$0]?.join } }

    package func queue(of device: Device) -> [DownlinkItem] {
        places[device].flatMap { devices[$0]?.queue.map(\.item) } ?? []
    }

    /// What follows from an event. `now` never goes back.
    ///
    /// Frames come late, several at once, behind a commit. What was due when one was heard goes before it;
    /// what became due since waits for the next event that is no frame, so that all copies that are here
    /// count when a window closes.
    package mutating func handle(_ event: NetworkEvent<Device>, at now: NetworkInstant) -> Actions {
        var actions: Actions = []
        runTimers(dueBy: min(now, event.heardAt ?? now), at: now, &actions)
        switch event {
        case .uplink(let heard): take(heard, at: now, &actions)
        case .join(let request, let reception): take(request, reception, at: now, &actions)
        case .rejoin(let request, let reception): take(request, reception, at: now, &actions)
        case .transmitAck(let token, let outcome): take(outcome, of: token, at: now, &actions)
        case .timer: break
        case .enqueue(let device, let item): enqueue(item, for: device, at: now, &actions)
        case .cancel(let device, let item): cancel(item, of: device, &actions)
        case .request(let device, let command): request(command, of: device, at: now)
        case .configure(let device, let configuration):
            configure(device, configuration, at: now, &actions)
        case .remove(let device): remove(device, &actions)
        case .clearNonces(let device):
            guard let place = places[device] else { break }
            devices[place]?.join.clearNonces()
            devices[place]?.rare.lastJoin = nil
            persistJoin(place, &actions)
        }
        if event.heardAt == nil { runTimers(dueBy: now, at: now, &actions) }
        return actions
    }

    private mutating func runTimers(
        dueBy moment: NetworkInstant, at now: NetworkInstant, _ actions: inout Actions
    ) {
        while let entry = agenda.popDue(moment) {
            guard devices.indices.contains(entry.place), devices[entry.place] != nil else { continue }
            switch entry.kind {
            case .collection: closeCollection(entry.place, at: now, &actions)
            case .flight: endSilence(entry.place, at: now, &actions)
            case .classC: sendClassC(entry.place, at: now, &actions)
            case .expiry: dropExpired(entry.place, at: now, &actions)
            }
        }
    }

    private mutating func closeCollection(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        guard let collection = collections[place], collection.closesAt <= now else { return }
        dropCollection(place)
        let receptions = ranked(collection.receptions)
        switch collection.purpose {
        case .data(let purpose): respond(to: purpose, receptions, of: place, at: now, &actions)
        case .join(let prepared): answer(prepared, receptions, of: place, at: now, &actions)
        }
    }

    mutating func dropCollection(_ place: Int) {
        guard let collection = collections.removeValue(forKey: place) else { return }
        if case .join = collection.purpose { joinCollections -= 1 }
    }

    mutating func open(_ collection: Gathering, of place: Int) {
        dropCollection(place)
        if case .join = collection.purpose { joinCollections += 1 }
        collections[place] = collection
        agenda.add(.collection, of: place, at: collection.closesAt)
    }

    mutating func addReception(_ reception: UplinkReception, to place: Int) {
        let limit = limits.receptions
        collections[place]?.add(reception, limit: limit)
    }

    /// The best first: by SNR, but a gateway that was silent or whose counter jumped comes last.
    private func ranked(_ receptions: [UplinkReception]) -> [UplinkReception] {
        func score(_ reception: UplinkReception) -> Double {
            guard let state = gateways[reception.gateway] else { return reception.snr }
            let jumped = state.jumpedAt.map { $0 > reception.receivedAt } ?? false
            return reception.snr - (jumped ? 200 : 0) - (state.silentAt != nil ? 100 : 0)
        }
        return receptions.map { ($0, score($0)) }.sorted { $0.1 > $1.1 }.map(\.0)
    }

    func persist(_ place: Int, _ session: SessionID, _ actions: inout Actions) {
        guard let state = devices[place], let index = state.index(of: session) else { return }
        actions.append(.persist(names[place], state.sessions[index]))
    }

    func persistJoin(_ place: Int, _ actions: inout Actions) {
        guard let state = devices[place] else { return }
        actions.append(.persistJoin(names[place], state.join))
    }

    func note(_ note: NetworkNote, _ place: Int, _ actions: inout Actions) {
        actions.append(.note(names[place], note))
    }
}
