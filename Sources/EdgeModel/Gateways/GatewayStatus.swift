/// What is known about a receiving station that is alive.
package struct GatewayStatus: Hashable, Sendable {
    package var id: GatewayID
    package var kind: Kind
    package var lastSeen: ClockReading
    package var location: Location?
    /// The address that datagrams come from, for a packet forwarder.
    package var remoteAddress: String?
    package var statistics: Statistics
    /// What was heard where, since this process started.
    package var channels = ChannelCounts()
    /// Where its times come from, by its last packet; nil before the first.
    package var timeSource: TimeSource?
    /// Between its last two signs of life that ask for downlinks.
    package var keepaliveInterval: Duration?
    package var keepaliveAt: MonotonicInstant?
    /// Two gateways call themselves by this EUI; nil while there is one.
    package var duplicate: Duplicate?

    /// Forwarders that take turns under one EUI.
    package struct Duplicate: Hashable, Sendable {
        /// Addresses and ports, at most four.
        package var addresses: [String]
        package var since: Timestamp

        package init(addresses: [String], since: Timestamp) {
            self.addresses = addresses
            self.since = since
        }
    }

    /// Where a forwarder takes the time of a packet from.
    package enum TimeSource: String, Sendable {
        /// GPS time (`tmms`).
        case gps
        /// Its own clock (`time`).
        case clock
        case none
    }

    package enum Kind: Int, Sendable {
        case bluetoothAdapter = 1
        case packetForwarder = 2
        case uploader = 3

        package var name: String {
            switch self {
            case .bluetoothAdapter: "bluetooth_adapter"
            case .packetForwarder: "packet_forwarder"
            case .uploader: "uploader"
            }
        }
    }

    /// Counters as the forwarder's `stat` object reports them (GWMP: since its last report),
    /// summed here since this process started.
    package struct Statistics: Hashable, Sendable {
        package var received = 0
        package var receivedWithValidCRC = 0
        package var forwarded = 0
        package var downlinksReceived = 0
        package var downlinksSent = 0
        /// Percentage of upstream datagrams that were acknowledged, from the last report.
        package var acknowledgedPercent: Double?
        /// Degrees Celsius, from the last report.
        package var temperature: Double?
        package init() {}
    }

    package init(
        id: GatewayID, kind: Kind, lastSeen: ClockReading, location: Location? = nil,
        remoteAddress: String? = nil, statistics: Statistics = Statistics()
    ) {
        self.id = id
        self.kind = kind
        self.lastSeen = lastSeen
        self.location = location
        self.remoteAddress = remoteAddress
        self.statistics = statistics
    }
}
