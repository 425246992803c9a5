import EdgeTestSupport
import LoRaNetwork
import LoRaWAN

/// A server that is told anything.
struct Chaos {
    static let steps = 250_000
    var random: SeededGenerator
    var server: NetworkServer<Int>
    var now = NetworkInstant(nanoseconds: 1)
    var sessions: [Int: [SessionID: UplinkSession]] = [:]
    var stored: [Int: [SessionID: DeviceSession]] = [:]
    var joins: [Int: JoinState] = [:]
    var counters: [Int: UInt32] = [:]
    var outstanding: [TransmissionToken] = []
    var spent: [SpentCounter: [UInt8]] = [:]
    var violations: [String] = []
    var transmitted = 0
    var settled = 0
    let keys: [SessionKeys]

    struct SpentCounter: Hashable {
        var address: DevAddr
        var counter: UInt16
        var isApplication: Bool
    }

    static let devices = 40

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        server = NetworkServer(random: SeededGenerator(seed: seed &* 7))
        keys = try (0..<Self.devices).map { number in
            number % 3 == 0 ? try keysV11() : try keysV10(UInt8(number))
        }
        for number in 0..<Self.devices { configure(number, sessions: [personalized(number)]) }
    }

    private func settings(_ number: Int) -> DeviceSettings {
        var settings = DeviceSettings(
            region: Region.allCases[number % Region.allCases.count],
            version: number % 3 == 0 ? .v110 : .v104, deviceClass: number % 4 == 0 ? .c : .a)
        settings.statusInterval = .seconds(300)
        return settings
    }

    private func personalized(_ number: Int) -> DeviceSession {
        DeviceSession(
            personalized: DevAddr(rawValue: UInt32(number)), keys: keys[number], settings: settings(number))
    }

    private mutating func configure(_ number: Int, sessions: [DeviceSession]?, join: JoinState? = nil) {
        handle(
            .configure(
                number,
                DeviceConfiguration(
                    devEUI: DevEUI(rawValue: UInt64(number)), settings: settings(number),
                    rootKeys: RootKeys(
                        appKey: keys[number].appSKey, nwkKey: number % 3 == 0 ? keys[number].nwkSEncKey : nil),
                    sessions: sessions, joinState: join)))
    }

    private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    mutating func step() {
        now = now + .microseconds(Int64(pick(80_000)))
        let number = pick(Self.devices)
        switch pick(100) {
        case 0..<30: uplink(number)
        case 30..<48: acknowledge()
        case 48..<56:
            handle(
                .enqueue(
                    number,
                    DownlinkItem(
                        id: DownlinkItemID(rawValue: UInt64(pick(5_000))), fPort: UInt8(pick(256)),
                        payload: random.bytes(count: pick(60)), isConfirmed: pick(3) == 0,
                        priority: pick(5), expiresAt: pick(4) == 0 ? now + .seconds(Int64(pick(30))) : nil)))
        case 56..<59: handle(.cancel(number, DownlinkItemID(rawValue: UInt64(pick(5_000)))))
        case 59..<63: join(number)
        case 63..<65:
            handle(
                .request(number, .forceRejoinReq(.init(period: 1, maximumRetries: 1, type: 0, dataRate: 0))))
        case 65: handle(.clearNonces(number))
        case 66 where pick(20) == 0: restart()
        case 67 where pick(100) == 0:
            // Registered anew, an ABP device begins anew.
            handle(.remove(number))
            stored[number] = nil
            spent = spent.filter { $0.key.address.rawValue != number }
            configure(number, sessions: [personalized(number)])
        // Often nothing is due.
        default: handle(.timer)
        }
    }

    private mutating func reception(_ number: Int) -> UplinkReception {
        let parameters = settings(number).region.parameters
        let channel = parameters.defaultChannels[pick(parameters.defaultChannels.count)]
        let rate = parameters.dataRates[pick(parameters.dataRates.count)]?.name ?? "SF0BW0"
        let jump: UInt32 = pick(200) == 0 ? .random(in: 0 ... .max, using: &random) : 0
        return UplinkReception(
            gateway: GatewayEUI(rawValue: UInt64(pick(6))),
            timestamp: UInt32(truncatingIfNeeded: now.nanoseconds / 1_000) &+ jump,
            frequency: pick(30) == 0 ? UInt32(pick(1_000_000_000)) : channel.frequency + UInt32(pick(50)),
            dataRate: rate, snr: Double(pick(60) - 40), rssi: -100,
            receivedAt: now - .microseconds(Int64(pick(30_000))),
            wallMicroseconds: 1_790_000_000_000_000 + now.nanoseconds / 1_000)
    }

    private mutating func uplink(_ number: Int) {
        let known = server.sessions(of: number)
        guard let session = known.isEmpty ? nil : known[pick(known.count)] else { return }
        let isRepetition = pick(3) == 0
        var state = session.uplink
        let last = state.lastCounter?.rawValue ?? 0
        let counter = isRepetition ? last : last &+ 1 &+ UInt32(pick(3))
        state.lastCounter = FrameCounter(rawValue: counter)
        let commands = MACCommand.split(random.bytes(count: pick(12)), direction: .up).commands
        let answers = session.pending.isEmpty || pick(3) == 0 ? [] : answers(to: session.pending)
        let uplink = OpenedUplink(
            counter: FrameCounter(rawValue: counter), isCounterReset: pick(500) == 0,
            isConfirmed: pick(3) == 0, control: FrameControl(rawValue: UInt8(pick(256)) & 0xF0), fPort: 1,
            payload: [], commands: answers + commands)
        handle(
            .uplink(
                HeardUplink(
                    device: number, session: session.id, uplink: uplink, state: state,
                    isRepetition: isRepetition, reception: reception(number))))
    }

    /// What a device would say, or something near it.
    private mutating func answers(to pending: [DownlinkCommand]) -> [MACCommand] {
        pending.map { request in
            MACCommand(
                identifier: request.identifier,
                fields: [0x04, 0x08, 0x09, 0x0C].contains(request.identifier)
                    ? []
                    : request.identifier == 0x06
                        ? random.bytes(count: 2) : [UInt8(pick(3) == 0 ? pick(8) : 7)])
        }
    }

    private mutating func acknowledge() {
        guard !outstanding.isEmpty else {
            handle(.transmitAck(TransmissionToken(rawValue: random.next()), .accepted))
            return
        }
        let token = outstanding.remove(at: pick(outstanding.count))
        let codes = ["TOO_LATE", "COLLISION_PACKET", "TX_FREQ", "UNKNOWN"]
        switch pick(10) {
        case 0..<6: handle(.transmitAck(token, .accepted))
        case 6..<9: handle(.transmitAck(token, .refused(codes[pick(4)])))
        default: break
        }
    }

    private mutating func join(_ number: Int) {
        let key = number % 3 == 0 ? keys[number].nwkSEncKey : keys[number].appSKey
        let request = JoinRequest(
            joinEUI: JoinEUI(rawValue: 1), devEUI: DevEUI(rawValue: UInt64(pick(60))),
            devNonce: UInt16(pick(65_536)), rootKey: key)
        handle(.join(request, reception(number)))
    }

    /// Only what was stored comes back.
    private mutating func restart() {

        server = NetworkServer(random: SeededGenerator(seed: random.next()))
        outstanding = []
        for number in 0..<Self.devices {
            let kept = stored[number] ?? [:]
            let sessions = kept.values.compactMap { try? DeviceSession(decoding: $0.encoded()) }
            if sessions.count != kept.count { violations.append("a session is not read back: \(kept)") }
            let join = joins[number].flatMap { try? JoinState(decoding: $0.encoded()) }
            configure(
                number,
                sessions: sessions.isEmpty ? [personalized(number)] : sessions.sorted { $0.id < $1.id },
                join: join)
        }
    }

    mutating func handle(_ event: NetworkEvent<Int>) {
        // Behind frames there may be more that came with them, before the timers are looked at.
        let isFollowed = event.heardAt != nil && pick(2) == 0
        var actions = server.handle(event, at: now)
        if event.heardAt != nil, !isFollowed { actions += server.handle(.timer, at: now) }
        for action in actions {
            switch action {
            case .persist(let number, let session): stored[number, default: [:]][session.id] = session
            case .persistJoin(let number, let state): joins[number] = state
            case .retire(let number, let id): stored[number]?[id] = nil
            case .install, .note: break
            case .item(_, _, let state):
                settled += 1
                if case .sent(let counter) = state, counter > 10_000_000 {
                    violations.append("counter \(counter)")
                }
            case .transmit(_, let transmission): check(transmission)
            }
        }
        if !isFollowed, let next = server.nextDeadline, next <= now {
            violations.append("a timer is overdue")
        }
        if outstanding.count > 200 { outstanding.removeFirst(100) }
    }

    private mutating func check(_ transmission: Transmission) {
        transmitted += 1
        outstanding.append(transmission.token)
        if transmission.phyPayload.count > 255 { violations.append("too long") }
        if !transmission.power.isFinite || transmission.frequency == 0 { violations.append("bad radio") }
        guard case .data(let frame)? = try? PHYPayload(decoding: transmission.phyPayload) else { return }
        guard frame.devAddr.rawValue < Self.devices else { return }
        let is11 = frame.devAddr.rawValue % 3 == 0
        let counter = SpentCounter(
            address: frame.devAddr, counter: frame.counter, isApplication: is11 && (frame.fPort ?? 0) > 0)
        if let before = spent[counter], before != transmission.phyPayload {
            violations.append("\(counter) was used twice")
        }
        spent[counter] = transmission.phyPayload
    }

    mutating func finish() {
        now = now + .seconds(86_400)
        handle(.timer)
        for _ in 0..<200_000 {
            guard let next = server.nextDeadline else { return }
            now = next
            handle(.timer)
            // A class C device tries again for as long as there is something to send.
            for number in 0..<Self.devices {
                for item in server.queue(of: number) { handle(.cancel(number, item.id)) }
            }
        }
    }
}
