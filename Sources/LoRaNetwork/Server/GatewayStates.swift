/// What is known of the gateways: their counters, their silence, and their share of the time.
struct GatewayStates: Sendable {
    private var states: [GatewayEUI: GatewayState] = [:]
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { states.count }

    subscript(gateway: GatewayEUI) -> GatewayState? { states[gateway] }

    mutating func note(_ reception: UplinkReception) {
        makeRoom(for: reception.gateway)
        states[reception.gateway, default: GatewayState()].note(reception)
    }

    mutating func noteSilence(of gateway: GatewayEUI, at now: NetworkInstant) {
        makeRoom(for: gateway)
        states[gateway, default: GatewayState()].silentAt = now
    }

    mutating func noteAnswer(of gateway: GatewayEUI) { states[gateway]?.silentAt = nil }

    /// Takes the time on the air from the gateway's hour; false when there is not enough.
    mutating func reserve(
        _ airtime: Int64, on gateway: GatewayEUI, _ subBand: SubBandKey, at now: NetworkInstant
    ) -> Bool {
        makeRoom(for: gateway)
        states[gateway, default: GatewayState()].lastUsed = now
        return states[gateway, default: GatewayState()].duty[subBand, default: DutyLedger()]
            .reserve(airtime, permille: subBand.permille, at: now)
    }

    /// The frame was refused: it was never on the air.
    mutating func release(
        _ airtime: Int64, on gateway: GatewayEUI, _ subBand: SubBandKey, at now: NetworkInstant
    ) {
        states[gateway]?.duty[subBand]?.release(airtime, at: now)
    }

    /// The gateway has refused this power; false when it makes no sense to go lower.
    mutating func weaken(_ gateway: GatewayEUI, below power: Double) -> Bool {
        guard power - Self.powerStep >= Self.weakest else { return false }
        makeRoom(for: gateway)
        states[gateway, default: GatewayState()].strongest = power - Self.powerStep
        return true
    }

    private static let powerStep = 3.0
    private static let weakest = 2.0

    private mutating func makeRoom(for gateway: GatewayEUI) {
        guard states.count >= limit, states[gateway] == nil else { return }
        let oldest = states.min { $0.value.lastUsed < $1.value.lastUsed }
        if let oldest { states[oldest.key] = nil }
    }
}

struct SubBandKey: Hashable, Sendable {
    var region: Region
    var index: Int
    var permille: Int64
}

struct GatewayState: Sendable {
    var lastUsed = NetworkInstant(nanoseconds: 0)
    /// A TX_ACK did not come.
    var silentAt: NetworkInstant?
    /// The counter of microseconds went another way than the clock: the gateway has started again, or
    /// there are two of them.
    var jumpedAt: NetworkInstant?
    var duty: [SubBandKey: DutyLedger] = [:]
    /// dBm that it has not refused, once it has refused some.
    var strongest: Double?
    private var timestamp: UInt32?
    private var source: UInt64 = 0

    /// What a datagram may be late or early without anything being wrong.
    private static let slack: Int64 = 3_000_000
    /// After half a turn of the counter nothing can be said.
    private static let forgetAfter = NetworkInstant.Span.seconds(1_800)

    mutating func note(_ reception: UplinkReception) {
        guard reception.isTimed else { return }
        // Another gateway of the same EUI has a counter of its own.
        if let timestamp, source == reception.source, reception.receivedAt - lastUsed < Self.forgetAfter {
            let counted = Int64(Int32(bitPattern: reception.timestamp &- timestamp))
            let passed = (reception.receivedAt - lastUsed).microseconds
            if abs(counted - passed) > Self.slack { jumpedAt = reception.receivedAt }
        }
        timestamp = reception.timestamp
        source = reception.source
        lastUsed = reception.receivedAt
    }
}

/// The time on the air of the last hour, in sixty minutes.
struct DutyLedger: Sendable {
    private var minutes = [Int64](repeating: 0, count: 60)
    private var current: Int64 = 0
    private(set) var used: Int64 = 0

    private static let minute: Int64 = 60_000_000_000
    private static let hour: Int64 = 3_600_000_000

    mutating func reserve(_ airtime: Int64, permille: Int64, at now: NetworkInstant) -> Bool {
        advance(to: now.nanoseconds / Self.minute)
        guard used + airtime <= Self.hour / 1_000 * permille else { return false }
        minutes[Int(current % 60)] += airtime
        used += airtime
        return true
    }

    mutating func release(_ airtime: Int64, at now: NetworkInstant) {
        advance(to: now.nanoseconds / Self.minute)
        // What has left the hour already is not given back a second time.
        let given = min(airtime, minutes[Int(current % 60)])
        minutes[Int(current % 60)] -= given
        used -= given
    }

    private mutating func advance(to minute: Int64) {
        guard minute > current else { return }
        for passed in max(current + 1, minute - 59)...minute {
            used -= minutes[Int(passed % 60)]
            minutes[Int(passed % 60)] = 0
        }
        current = minute
    }
}
