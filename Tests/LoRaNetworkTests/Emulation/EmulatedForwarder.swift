import LoRaNetwork
import LoRaWAN

/// A gateway with Semtech's forwarder: a counter of microseconds that wraps, a queue of 32, refusal
/// of what is too near, too far or overlapping; and a network that loses datagrams.
struct EmulatedForwarder {
    let eui: GatewayEUI
    /// What the counter showed at the beginning of the world.
    var counterOffset: UInt32
    /// Microseconds to and from the server.
    var latency: Int64 = 20_000
    /// How often a datagram is lost, each way.
    var loss = 0.0
    /// Takes nothing and says nothing.
    var isDead = false
    /// It does not ask for downlinks: there is no way to it.
    var isAway = false
    /// dBm beyond which it says TX_POWER, as old forwarders do.
    var strongest: Double?
    var snr = 5.0
    private(set) var queue: [Slot] = []
    private(set) var refusals: [String: Int] = [:]

    struct Slot {
        var from: Int64
        var to: Int64
        var transmission: Transmission
    }

    init(number: UInt64, counterOffset: UInt32 = 0) {
        eui = GatewayEUI(rawValue: 0x0016_C001_FF10_0000 + number)
        self.counterOffset = counterOffset
    }

    static let margin: Int64 = 42_500
    static let queueLength = 32

    func counter(at time: Int64) -> UInt32 { UInt32(truncatingIfNeeded: time) &+ counterOffset }

    /// A PULL_RESP at this time: the error of TX_ACK, or when it will be on the air.
    mutating func take(_ transmission: Transmission, at time: Int64, airtime: Int64) -> Result<Slot, Refusal>
    {
        queue.removeAll { $0.to < time }
        let begins: Int64
        switch transmission.timing {
        case .immediate: begins = max(time + 1_000, (queue.map(\.to).max() ?? 0) + 1_000)
        case .at(let counter):
            // A counter in the past is far in the future.
            let ahead = Int64(counter &- self.counter(at: time))
            begins = time + ahead
            if ahead < Self.margin { return refuse("TOO_LATE") }
            if ahead > 400_000_000 { return refuse("TOO_EARLY") }
        }
        if let strongest, transmission.power > strongest { return refuse("TX_POWER") }
        let slot = Slot(from: begins, to: begins + airtime, transmission: transmission)
        let overlaps = queue.contains { $0.from - 1_500 < slot.to && slot.from - 1_500 < $0.to }
        guard queue.count < Self.queueLength, !overlaps else { return refuse("COLLISION_PACKET") }
        queue.append(slot)
        return .success(slot)
    }

    struct Refusal: Error { var code: String }

    private mutating func refuse(_ code: String) -> Result<Slot, Refusal> {
        refusals[code, default: 0] += 1
        return .failure(Refusal(code: code))
    }
}
