import EdgeTestSupport
import LoRaNetwork
import LoRaWAN

/// Devices, the air, gateways, datagrams and the server, in simulated time: hours in seconds. It does
/// for the server what the runtime does, and keeps on its "disk" only what the server asks to keep.
struct World {
    /// Microseconds.
    private(set) var now: Int64 = 1_000_000
    var random: SeededGenerator
    var server: NetworkServer<Int>
    var table = SessionTable<Int>()
    var devices: [Int: EmulatedDevice] = [:]
    var forwarders: [EmulatedForwarder]
    /// How often a frame is lost between a device and a gateway, each way.
    var airLoss = 0.0
    private var events = EventHeap()

    private var settings: [Int: DeviceSettings] = [:]
    private var rootKeys: [Int: RootKeys] = [:]
    private(set) var storedSessions: [Int: [SessionID: [UInt8]]] = [:]
    private(set) var storedJoins: [Int: [UInt8]] = [:]
    private var listening: [Int: [Window]] = [:]

    private(set) var steps = 0
    private(set) var transmissions: [Transmission] = []
    private(set) var notes: [(device: Int, note: NetworkNote)] = []
    private(set) var items: [DownlinkItemID: [ItemState]] = [:]
    private(set) var accepted: [Int: Int] = [:]
    private(set) var violations: [String] = []
    /// The bytes of every downlink counter that was ever on the air.
    private var spent: [String: [UInt8]] = [:]
    /// Confirmed uplinks that the server has accepted and not yet answered, by device and counter.
    private(set) var unanswered: [Int: UInt32] = [:]
    var keepsLog = true

    struct Window {
        var at: Int64
        var frequency: UInt32
        var dataRate: String
    }

    enum Event {
        case datagram(forwarder: Int, bytes: [UInt8], reception: UplinkReception)
        case pullResp(forwarder: Int, Transmission)
        case txAck(TransmissionToken, TransmitOutcome)
        case air(Transmission)
        case act(Int)
    }

    init(seed: UInt64, forwarders: Int = 1, netID: NetID = NetID(rawValue: 0)) {
        random = SeededGenerator(seed: seed)
        server = NetworkServer(netID: netID, random: SeededGenerator(seed: seed &+ 1))
        self.forwarders = (0..<forwarders).map {
            // The first wraps after a minute.
            EmulatedForwarder(
                number: UInt64($0), counterOffset: .max - 60_000_000 &+ UInt32($0) &* 977_777_777)
        }
    }

    // MARK: Devices

    mutating func add(
        _ device: EmulatedDevice, as name: Int, settings: DeviceSettings, rootKeys: RootKeys? = nil
    ) {
        devices[name] = device
        self.settings[name] = settings
        self.rootKeys[name] = rootKeys ?? RootKeys(appKey: device.appKey, nwkKey: device.nwkKey)
        configure(name)
    }

    mutating func change(_ name: Int, _ body: (inout DeviceSettings) -> Void) {
        guard var changed = settings[name] else { return }
        body(&changed)
        settings[name] = changed
        configure(name)
    }

    private mutating func configure(_ name: Int, _ sessions: [DeviceSession]? = nil, _ join: JoinState? = nil)
    {
        guard let device = devices[name], let settings = settings[name], let keys = rootKeys[name] else {
            return
        }
        handle(
            .configure(
                name,
                DeviceConfiguration(
                    devEUI: device.devEUI, settings: settings, rootKeys: keys, sessions: sessions,
                    joinState: join)))
    }

    /// Puts a session on both sides, as ABP does.
    mutating func personalize(_ name: Int, devAddr: DevAddr, keys: SessionKeys) {
        guard let settings = settings[name] else { return }
        devices[name]?.session = .init(devAddr: devAddr, keys: keys)
        configure(name, [DeviceSession(personalized: devAddr, keys: keys, settings: settings)])
    }

    /// kill -9 and a new start: only what was stored is there.
    mutating func restart() throws {
        server = NetworkServer(netID: server.netID, random: SeededGenerator(seed: random.next()))
        table = SessionTable()
        for name in devices.keys.sorted() {
            let sessions = try (storedSessions[name] ?? [:]).values.map { try DeviceSession(decoding: $0) }
            let join = try storedJoins[name].map { try JoinState(decoding: $0) }
            configure(name, sessions.sorted { $0.id < $1.id }, join)
        }
    }

    // MARK: What happens

    mutating func join(_ name: Int) {
        guard let sent = devices[name]?.join(&random) else { return }
        transmit(sent, from: name)
    }

    mutating func rejoin(_ name: Int, type: UInt8) {
        guard let sent = devices[name]?.rejoin(type: type, netID: server.netID, &random) else { return }
        transmit(sent, from: name)
    }

    mutating func uplink(
        _ name: Int, _ payload: [UInt8] = [1, 2, 3], isConfirmed: Bool = false,
        commands: [UplinkCommand] = [], adrAckReq: Bool = false
    ) {
        let sent = devices[name]?.uplink(
            payload, isConfirmed: isConfirmed, commands: commands, adrAckReq: adrAckReq, &random)
        guard let sent else { return }
        transmit(sent, from: name)
    }

    mutating func repeatUplink(_ name: Int) {
        guard let sent = devices[name]?.again() else { return }
        transmit(sent, from: name)
    }

    /// The frame ends now.
    mutating func transmit(_ sent: EmulatedDevice.SentUplink, from name: Int) {
        listening[name] = [ReceiveWindow.rx1, .rx2].compactMap { number in
            devices[name]?.window(number).map {
                Window(at: now + $0.after, frequency: $0.frequency, dataRate: $0.dataRate)
            }
        }
        // Each step of power is 2 dB.
        let weaker = 2 * Double(devices[name]?.radio.power ?? 0)
        hear(sent.bytes, frequency: sent.frequency, dataRate: sent.dataRate, weaker: weaker)
    }

    /// All gateways in reach report it.
    mutating func hear(_ bytes: [UInt8], frequency: UInt32, dataRate: String, weaker: Double = 0) {
        for (index, forwarder) in forwarders.enumerated() {
            if chance(airLoss) || forwarder.isDead || chance(forwarder.loss) { continue }
            let arrival = now + forwarder.latency + Int64.random(in: 0...3_000, using: &random)
            let reception = UplinkReception(
                gateway: forwarder.eui, timestamp: forwarder.counter(at: now), frequency: frequency + 25,
                dataRate: dataRate, snr: forwarder.snr - weaker + Double.random(in: -1...1, using: &random),
                rssi: -90,
                receivedAt: instant(arrival), wallMicroseconds: 1_790_000_000_000_000 + now)
            events.add(.datagram(forwarder: index, bytes: bytes, reception: reception), at: arrival)
        }
    }

    private mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    private func instant(_ time: Int64) -> NetworkInstant { NetworkInstant(nanoseconds: time * 1_000) }

    /// Later than now; `run` returns its number when it comes.
    mutating func schedule(_ number: Int, after microseconds: Int64) {
        events.add(.act(number), at: now + microseconds)
    }

    mutating func run(seconds: Double) { run(until: now + Int64(seconds * 1_000_000)) { _, _ in } }

    /// Everything up to this time; `act` is called for what was scheduled.
    mutating func run(until end: Int64, _ act: (inout World, Int) -> Void) {
        while true {
            let deadline = server.nextDeadline.map { $0.nanoseconds / 1_000 + 1 } ?? .max
            let next = min(events.next ?? .max, deadline)
            guard next <= end else { break }
            now = max(now, next)
            if deadline <= now {
                handle(.timer)
                continue
            }
            guard let event = events.pop() else { continue }
            if case .act(let number) = event { act(&self, number) } else { happen(event) }
        }
        now = end
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .datagram(_, let bytes, let reception): receive(bytes, reception)
        case .pullResp(let index, let transmission): offer(transmission, to: index)
        case .txAck(let token, let outcome): handle(.transmitAck(token, outcome))
        case .air(let transmission): onAir(transmission)
        case .act: break
        }
    }

    // MARK: The runtime's part

    private mutating func receive(_ bytes: [UInt8], _ reception: UplinkReception) {
        switch try? PHYPayload(decoding: bytes) {
        case .joinRequest(let request): handle(.join(request, reception))
        case .rejoinRequest(let request): handle(.rejoin(request, reception))
        case .data(let frame):
            let radio = UplinkRadio(frequency: reception.frequency, dataRate: reception.dataRate)
            guard case .authenticated(let name, let session, let outcome) = table.receive(frame, radio: radio)
            else { return }
            switch outcome {
            case .accepted(let uplink):
                accepted[name, default: 0] += 1
                if uplink.isConfirmed { unanswered[name] = uplink.counter.rawValue }
                pass(name, session, uplink, isRepetition: false, reception)
            case .retransmission(let uplink): pass(name, session, uplink, isRepetition: true, reception)
            case .stale, .gapTooLarge, .micMismatch: return
            }
        default: return
        }
    }

    private mutating func pass(
        _ name: Int, _ session: SessionID, _ uplink: OpenedUplink, isRepetition: Bool,
        _ reception: UplinkReception
    ) {
        guard let state = table[device: name, session: session] else { return }
        handle(
            .uplink(
                HeardUplink(
                    device: name, session: session, uplink: uplink, state: state, isRepetition: isRepetition,
                    reception: reception)))
    }

    mutating func handle(_ event: NetworkEvent<Int>) {
        steps += 1
        for action in server.handle(event, at: instant(now)) {
            switch action {
            case .persist(let name, let session):
                storedSessions[name, default: [:]][session.id] = session.encoded()
            case .persistJoin(let name, let join): storedJoins[name] = join.encoded()
            case .install(let name, let id, let session): table.install(session, id: id, for: name)
            case .retire(let name, let id):
                table.retire(id, of: name)
                storedSessions[name]?[id] = nil
            case .transmit(_, let transmission): send(transmission)
            case .item(_, let id, let state): items[id, default: []].append(state)
            case .note(let name, let note): if keepsLog { notes.append((name, note)) }
            }
        }
    }

    private mutating func send(_ transmission: Transmission) {
        if keepsLog { transmissions.append(transmission) }
        check(transmission)
        guard let index = forwarders.firstIndex(where: { $0.eui == transmission.gateway }) else { return }
        if forwarders[index].isAway {
            return events.add(.txAck(transmission.token, .unreachable), at: now)
        }
        guard !forwarders[index].isDead, !chance(forwarders[index].loss) else { return }
        events.add(.pullResp(forwarder: index, transmission), at: now + forwarders[index].latency)
    }

    private mutating func check(_ transmission: Transmission) {
        guard case .data(let frame)? = try? PHYPayload(decoding: transmission.phyPayload) else { return }
        for name in devices.keys {
            for (id, _) in storedSessions[name] ?? [:] {
                guard let session = table[device: name, session: id], session.devAddr == frame.devAddr else {
                    continue
                }
                let isApplication = session.keys.version == .v11 && (frame.fPort ?? 0) > 0
                let key = "\(name)/\(id.rawValue)/\(isApplication)/\(frame.counter)"
                if let before = spent[key], before != transmission.phyPayload {
                    violations.append("downlink counter \(key) was used twice")
                }
                spent[key] = transmission.phyPayload
                if frame.control.ack { unanswered[name] = nil }
            }
        }
    }

    private mutating func offer(_ transmission: Transmission, to index: Int) {
        let rate = Region.allCases.lazy.compactMap { region in
            region.parameters.dataRates.compactMap { $0 }.first { $0.name == transmission.dataRate }
        }.first
        let airtime = rate?.airtime(byteCount: transmission.phyPayload.count) ?? 0
        let outcome: TransmitOutcome
        switch forwarders[index].take(transmission, at: now, airtime: airtime) {
        case .success(let slot):
            outcome = .accepted
            events.add(.air(transmission), at: slot.from)
        case .failure(let refusal): outcome = .refused(refusal.code)
        }
        guard !chance(forwarders[index].loss) else { return }
        events.add(.txAck(transmission.token, outcome), at: now + forwarders[index].latency)
    }

    private mutating func onAir(_ transmission: Transmission) {
        for name in devices.keys.sorted() where !chance(airLoss) {
            let isOpen =
                if transmission.window == .rxC {
                    devices[name]?.radio.rx2Frequency == transmission.frequency
                } else {
                    listening[name]?.contains {
                        abs($0.at - now) <= 100 && $0.frequency == transmission.frequency
                            && $0.dataRate == transmission.dataRate
                    } ?? false
                }
            guard isOpen,
                devices[name]?.receive(
                    transmission.phyPayload, isClassA: transmission.window != .rxC) == true
            else { continue }
            listening[name] = nil
        }
    }

    // MARK: What can be seen

    /// Where device and server do not agree; empty when they do.
    func differences(_ name: Int) -> [String] {
        guard let device = devices[name], let session = server.sessions(of: name).first else {
            return ["no session"]
        }
        var found = device.radio.differences(from: session.radio)
        if device.session?.devAddr != session.uplink.devAddr { found.append("devAddr") }
        if device.session?.keys != session.uplink.keys { found.append("keys") }
        if let counter = session.uplink.lastCounter, let up = device.session?.fCntUp,
            counter.rawValue + 1 != up
        {
            found.append("fCntUp \(up), \(counter)")
        }
        return found
    }

    func count(_ note: (NetworkNote) -> Bool) -> Int { notes.count { note($0.note) } }
}
