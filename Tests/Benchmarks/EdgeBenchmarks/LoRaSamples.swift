import LoRaNetwork
import LoRaWAN

private func loraKey(_ number: Int) -> AESKey {
    let bytes = (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8) &+ $0) }
    guard let key = AESKey(bytes) else { preconditionFailure("16 bytes are a key") }
    return key
}

private func loraKeys(_ number: Int) -> SessionKeys {
    SessionKeys(nwkSKey: loraKey(2 * number + 1), appSKey: loraKey(2 * number + 2))
}

/// A hundred thousand sessions, of which 500 have one address, and a frame with that address.
struct LoRaSamples {
    private var table: SessionTable<Int64>
    private let frame: DataFrame

    enum Kind: String, CaseIterable {
        case inOrder = "the next frame of one of them"
        case afterLoss = "a frame after many lost ones"
        case stranger = "a frame of nobody"
    }

    init(_ kind: Kind) throws {
        var table = SessionTable<Int64>()
        for number in 0..<100_000 {
            let session = UplinkSession(
                devAddr: DevAddr(rawValue: number < 500 ? 1 : UInt32(number)), keys: loraKeys(number),
                lastCounter: FrameCounter(rawValue: UInt32(number * 131 % 60_000)))
            table.install(session, id: .personalized, for: Int64(number))
        }
        self.table = table
        let ahead: UInt32 = kind == .afterLoss ? 5_000 : 1
        frame = try PlainFrame(
            devAddr: DevAddr(rawValue: 1), counter: FrameCounter(rawValue: ahead), fPort: 1,
            payload: [1, 2, 3, 4, 5, 6, 7, 8]
        ).sealUplink(keys: loraKeys(kind == .stranger ? 700_000 : 0))
    }

    /// The first time the frame is new, then a repetition: except after a loss, where only the first
    /// has a long way, so that each begins with a fresh copy of the session.
    mutating func receive() -> SessionTable<Int64>.Reception {
        let reception = table.receive(frame)
        if case .authenticated(let device, _, .accepted) = reception { restore(device) }
        return reception
    }

    private mutating func restore(_ device: Int64) {
        guard var session = table[device: device] else { return }
        session.lastCounter = FrameCounter(rawValue: 0)
        table.insert(session, for: device)
    }
}

/// Uplinks of 10,000 devices, one after the other, 20 microseconds apart.
struct LoRaTraffic {
    private var server = NetworkServer<Int64>()
    private var now = NetworkInstant(nanoseconds: 1)
    private var number = 0
    private var states: [UplinkSession] = []

    init() throws {
        let settings = DeviceSettings(region: .eu868)
        for number in 0..<10_000 {
            let session = DeviceSession(
                personalized: DevAddr(rawValue: UInt32(number)), keys: loraKeys(number), settings: settings)
            states.append(session.uplink)
            let configuration = DeviceConfiguration(devEUI: nil, settings: settings, sessions: [session])
            _ = server.handle(.configure(Int64(number), configuration), at: now)
        }
    }

    mutating func next() -> [NetworkAction<Int64>] {
        let device = number % states.count
        let counter = FrameCounter(rawValue: UInt32(number / states.count))
        number += 1
        now = now + .microseconds(20)
        states[device].lastCounter = counter
        let uplink = OpenedUplink(
            counter: counter, isCounterReset: false, isConfirmed: false, control: FrameControl(), fPort: 1,
            payload: [1, 2], commands: [])
        let reception = UplinkReception(
            gateway: GatewayEUI(rawValue: UInt64(device % 5)),
            timestamp: UInt32(truncatingIfNeeded: now.nanoseconds / 1_000), frequency: 868_100_000,
            dataRate: "SF7BW125", snr: 3, rssi: -90, receivedAt: now)
        return server.handle(
            .uplink(
                HeardUplink(
                    device: Int64(device), session: .personalized, uplink: uplink, state: states[device],
                    isRepetition: false, reception: reception)), at: now)
    }
}
