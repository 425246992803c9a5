import LoRaWAN

// Devices and their queues.
extension NetworkServer {
    mutating func configure(
        _ device: Device, _ configuration: DeviceConfiguration, at now: NetworkInstant,
        _ actions: inout Actions
    ) {
        let place = makePlace(for: device, configuration)
        guard var state = devices[place] else { return }
        if let devEUI = state.devEUI, byDevEUI[devEUI] == place { byDevEUI[devEUI] = nil }
        if let devEUI = configuration.devEUI { byDevEUI[devEUI] = place }
        state.devEUI = configuration.devEUI
        if state.settings != configuration.settings {
            // What was refused under other settings is worth another try.
            for index in state.sessions.indices { state.sessions[index].attempts = [] }
        }
        state.shared = share(configuration.settings)
        state.rootKeys = configuration.rootKeys
        if let join = configuration.joinState { state.join = join }
        if let sessions = configuration.sessions {
            for old in state.sessions where !sessions.contains(where: { $0.id == old.id }) {
                actions.append(.retire(device, old.id))
            }
            state.sessions = Array(sessions.sorted { $0.isHeard && !$1.isHeard }.prefix(2))
        }
        for index in state.sessions.indices {
            if state.sessions[index].takeClass(of: configuration.settings) {
                actions.append(.persist(device, state.sessions[index]))
            }
            state.sessions[index].uplink.takePolicy(of: configuration.settings)
            sharedChannels.share(&state.sessions[index].radio)
            actions.append(.install(device, state.sessions[index].id, state.sessions[index].uplink))
        }
        // A device that has told its battery is not asked by all restarts.
        if state.sessions.first?.battery != nil, state.statusAskedAt == nil { state.statusAskedAt = now }
        devices[place] = state
        for item in configuration.queue where !state.queue.contains(where: { $0.item.id == item.id }) {
            enqueue(item, for: device, at: now, &actions)
        }
        if let gateway = configuration.lastGateway { recall(gateway, place, at: now) }
    }

    private mutating func makePlace(for device: Device, _ configuration: DeviceConfiguration) -> Int {
        if let place = places[device] { return place }
        let state = DeviceState(
            shared: share(configuration.settings), rootKeys: configuration.rootKeys)
        let place: Int
        if let free = freePlaces.popLast() {
            place = free
            devices[place] = state
            names[place] = device
        } else {
            place = devices.count
            devices.appendInSteps(state)
            names.appendInSteps(device)
        }
        places[device] = place
        return place
    }

    /// One object for equal settings. Those that no device has any more are dropped when there are many.
    private mutating func share(_ settings: DeviceSettings) -> SharedSettings {
        if let known = sharedSettings[settings] { return known }
        if sharedSettings.count >= sharedSettingsLimit {
            let used = Set(devices.compactMap { $0?.settings })
            sharedSettings = sharedSettings.filter { used.contains($0.key) }
            sharedSettingsLimit = max(Self.minimumSharedSettings, 2 * sharedSettings.count)
        }
        let shared = SharedSettings(settings)
        sharedSettings[settings] = shared
        return shared
    }

    static var minimumSharedSettings: Int { 256 }

    mutating func remove(_ device: Device, _ actions: inout Actions) {
        guard let place = places.removeValue(forKey: device), let state = devices[place] else { return }
        for session in state.sessions { actions.append(.retire(device, session.id)) }
        if let devEUI = state.devEUI, byDevEUI[devEUI] == place { byDevEUI[devEUI] = nil }
        dropCollection(place)
        if let attempt = flights.removeValue(forKey: place)?.attempt { tokens[attempt.token] = nil }
        devices[place] = nil
        freePlaces.append(place)
    }

    // MARK: The queue

    mutating func enqueue(
        _ item: DownlinkItem, for device: Device, at now: NetworkInstant, _ actions: inout Actions
    ) {
        guard let place = places[device], let state = devices[place] else {
            actions.append(.item(device, item.id, .refused(.notActivated)))
            return
        }
        // The owner may have read it from the disk before it was told of it.
        guard !state.queue.contains(where: { $0.item.id == item.id }) else { return }
        if let refusal = refusal(of: item, state) {
            actions.append(.item(device, item.id, .refused(refusal)))
            return
        }
        let after = state.queue.firstIndex { $0.item.priority < item.priority } ?? state.queue.count
        devices[place]?.queue.insert(.init(item: item), at: after)
        if let expiresAt = item.expiresAt { agenda.add(.expiry, of: place, at: expiresAt) }
        sendClassC(place, at: now, &actions)
    }

    private func refusal(of item: DownlinkItem, _ state: DeviceState) -> ItemRefusal? {
        guard (1...223).contains(item.fPort) else { return .badPort }
        guard state.queue.count < limits.queuedItems else { return .queueFull }
        let limit = state.settings.region.parameters.maximumDownlinkPayload(
            revision: state.settings.revision, limitsDwell: false)
        return item.payload.count > limit ? .tooLong(limit: limit) : nil
    }

    mutating func cancel(_ id: DownlinkItemID, of device: Device, _ actions: inout Actions) {
        guard let place = places[device], takeItem(id, of: place) != nil else { return }
        if case .data(var content)? = flights[place]?.content, content.awaitedBefore?.item == id {
            content.awaitedBefore = nil
            flights[place]?.content = .data(content)
        }
        actions.append(.item(device, id, .cancelled))
    }

    /// A gateway has been handed the item and has not answered yet: it may still be on the air. What
    /// becomes of it is told as `sent` or `cancelled`.
    package func isOnItsWay(_ id: DownlinkItemID, to device: Device) -> Bool {
        guard let place = places[device], let flight = flights[place], flight.attempt != nil,
            case .data(let content) = flight.content
        else { return false }
        return content.frame?.item?.id == id
    }

    /// Takes the item out of the queue; nothing waits for it any more.
    @discardableResult
    mutating func takeItem(_ id: DownlinkItemID, of place: Int) -> DeviceState.QueuedItem? {
        guard let index = devices[place]?.queue.firstIndex(where: { $0.item.id == id }) else { return nil }
        for session in devices[place]?.sessions.indices ?? 0..<0
        where devices[place]?.sessions[session].awaited?.item == id {
            devices[place]?.sessions[session].awaited = nil
        }
        return devices[place]?.queue.remove(at: index)
    }

    mutating func dropExpired(_ place: Int, at now: NetworkInstant, _ actions: inout Actions) {
        let expired = devices[place]?.queue.compactMap { queued in
            queued.item.expiresAt.flatMap { $0 <= now ? queued.item.id : nil }
        }
        for id in expired ?? [] {
            takeItem(id, of: place)
            actions.append(.item(names[place], id, .expired))
        }
    }

    mutating func request(_ command: DownlinkCommand, of device: Device, at now: NetworkInstant) {
        guard let place = places[device], let state = devices[place],
            state.rare.requests.count < DeviceState.maximumRequests, !state.rare.requests.contains(command)
        else { return }
        devices[place]?.rare.requests.append(command)
        agenda.add(.classC, of: place, at: now)
    }
}

extension DeviceSession {
    /// Up to 1.0.4 only the operator knows the class; 1.1 devices say it themselves. Returns whether it
    /// is another than before.
    fileprivate mutating func takeClass(of settings: DeviceSettings) -> Bool {
        guard uplink.keys.version == .v10, radio.deviceClass != settings.deviceClass else { return false }
        radio.deviceClass = settings.deviceClass
        return true
    }
}

extension UplinkSession {
    mutating func takePolicy(of settings: DeviceSettings) {
        resetPolicy = settings.resetPolicy
        counterWidth = settings.counterWidth
        maximumGap = settings.maximumGap
        region = settings.region
    }
}
