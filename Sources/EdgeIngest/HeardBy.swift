import EdgeModel

/// Who heard a packet: at least one gateway, and nearly always one, which stands in place.
struct HeardBy: Equatable {
    /// More gateways than this are not told apart for one packet.
    static let limit = 64

    private var others: [Reception] = []
    private var first: Reception

    init(_ first: Reception) { self.first = first }

    var receptions: [Reception] { [first] + others }

    /// Adds what a gateway heard to what it heard before. True when the gateway is a new one.
    mutating func merge(_ other: Reception) -> Bool {
        if first.gateway == other.gateway {
            first.merge(other)
        } else if let index = others.firstIndex(where: { $0.gateway == other.gateway }) {
            others[index].merge(other)
        } else if 1 + others.count < Self.limit {
            others.append(other)
            return true
        }
        return false
    }
}

extension Reception {
    /// Takes over what the same gateway heard another time: of the radio, what was stronger.
    fileprivate mutating func merge(_ other: Reception) {
        let isStronger = (other.rssi?.dBm ?? .min) > (rssi?.dBm ?? .min)
        let (first, last, heard) = (firstAt, lastAt, count)
        if isStronger { self = other }
        firstAt = min(first, other.firstAt)
        lastAt = max(last, other.lastAt)
        count = heard + other.count
    }
}
