import LoRaWAN

/// What goes into one downlink.
struct Composition {
    var owed: [DownlinkCommand] = []
    var groups: [RequestGroup] = []
    var item: DownlinkItem?

    var commands: [DownlinkCommand] { owed + groups.flatMap(\.commands) }
    var commandBytes: [UInt8] { commands.flatMap(\.encoded.bytes) }

    /// There is nothing to say. An application's frame may have a port and no payload.
    var isEmpty: Bool { item == nil && owed.isEmpty && groups.isEmpty }

    /// FOpts and FRMPayload together.
    var length: Int { commandBytes.count + (item?.payload.count ?? 0) }

    /// Answers first, then the application's data, then requests as far as there is room. Without data
    /// the commands may fill the payload of port 0.
    init(limit: Int, owed: [DownlinkCommand], groups: [RequestGroup], item: DownlinkItem?) {
        var used = 0
        for command in owed where used + command.encoded.bytes.count <= min(limit, DataFrame.maximumFOpts) {
            self.owed.append(command)
            used += command.encoded.bytes.count
        }
        if let item, used + item.payload.count <= limit { self.item = item }
        let room =
            if let item = self.item { min(DataFrame.maximumFOpts, limit - item.payload.count) } else {
                min(limit, Self.portZero)
            }
        for group in groups where used + group.byteCount <= room {
            self.groups.append(group)
            used += group.byteCount
        }
    }

    /// Commands of more than fifteen bytes travel on port 0, up to here.
    private static let portZero = 48
}

extension NetworkServer {
    /// The application's item that is next: the one that waits for its acknowledgement before all
    /// others.
    func nextItem(_ place: Int, _ session: DeviceSession) -> DownlinkItem? {
        guard let queue = devices[place]?.queue else { return nil }
        if let awaited = session.awaited, let again = queue.first(where: { $0.item.id == awaited.item }) {
            return again.item
        }
        return queue.first?.item
    }

    /// A frame for a window of this size, with a counter of its own. Nil when there is nothing to say,
    /// or no counter left.
    mutating func compose(
        _ content: Flight.DataContent, limit: Int, of place: Int, at now: NetworkInstant,
        _ actions: inout Actions
    ) -> ComposedFrame? {
        guard let state = devices[place], let index = state.index(of: content.session) else { return nil }
        var session = state.sessions[index]
        session.awaited = content.awaitedBefore
        let item = nextItem(place, session)
        let composition = Composition(
            limit: limit, owed: content.owed, groups: groups(place, index, at: now), item: item)
        guard content.mustAnswer || !composition.isEmpty else { return nil }
        let isApplication = composition.item != nil
        guard let counter = session.takeCounter(isApplication: isApplication) else { return nil }
        var mustPersist = counter.mustPersist
        session.pending = content.pendingBefore
        session.expect(composition.groups.flatMap(\.commands))
        for group in composition.groups where group.key != 0 { session.noteAttempt(group.key) }
        if let item = composition.item, item.isConfirmed {
            let tries = session.awaited?.item == item.id ? session.awaited?.tries ?? 0 : 0
            session.awaited = .init(item: item.id, counter: counter.value, tries: tries + 1)
            if session.uplink.keys.version == .v11 {
                session.uplink.confirmedDownlinkCounter = FrameCounter(rawValue: counter.value).wire
                actions.append(.install(names[place], session.id, session.uplink))
            }
            mustPersist = true
        }
        if !session.pending.isEmpty { mustPersist = true }
        let waiting = state.queue.count - (isApplication ? 1 : 0)
        guard
            let bytes = seal(
                composition, session, counter: counter.value, acknowledges: content.acknowledges,
                isPending: waiting > 0)
        else { return nil }
        note(composition, place, at: now)
        devices[place]?.sessions[index] = session
        if mustPersist { actions.append(.persist(names[place], session)) }
        if !composition.commands.isEmpty { note(.commandsSent(composition.commands), place, &actions) }
        return ComposedFrame(
            bytes: bytes, counter: counter.value, length: composition.length, item: composition.item,
            commands: composition.commands)
    }

    /// Requests of an operator are asked once; the status when it is time again.
    private mutating func note(_ composition: Composition, _ place: Int, at now: NetworkInstant) {
        for group in composition.groups {
            if group.key == 0 { devices[place]?.rare.requests.removeAll { group.commands.contains($0) } }
            if group.commands.contains(.devStatusReq) { devices[place]?.statusAskedAt = now }
        }
    }

    private func seal(
        _ composition: Composition, _ session: DeviceSession, counter: UInt32, acknowledges: UInt32?,
        isPending: Bool
    ) -> [UInt8]? {
        let commands = composition.commandBytes
        let usesPortZero = composition.item == nil && commands.count > DataFrame.maximumFOpts
        let frame = PlainFrame(
            devAddr: session.uplink.devAddr, isConfirmed: composition.item?.isConfirmed ?? false,
            control: FrameControl(adr: true, ack: acknowledges != nil, bit4: isPending),
            counter: FrameCounter(rawValue: counter), fOpts: usesPortZero ? [] : commands,
            fPort: usesPortZero ? 0 : composition.item?.fPort,
            payload: usesPortZero ? commands : composition.item?.payload ?? [])
        let confirmed = acknowledges.map { FrameCounter(rawValue: $0).wire } ?? 0
        return try? frame.sealDownlink(keys: session.uplink.keys, confirmedCounter: confirmed).bytes
    }
}

extension DeviceSession {
    /// 1.1 counts the application's frames by themselves.
    mutating func takeCounter(isApplication: Bool) -> (value: UInt32, mustPersist: Bool)? {
        isApplication && uplink.keys.version == .v11
            ? applicationCounter.take(below: ceiling) : networkCounter.take(below: ceiling)
    }
}
