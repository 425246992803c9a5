import EdgeModel
import NIOCore
import SemtechUDP

/// What one socket remembers of its gateways, so that a datagram costs no formatting; it tells
/// the board of each sign of life.
struct ForwarderGateways {
    private struct Gateway {
        let id: GatewayID
        var remote: SocketAddress
        var remoteText: String?
        var location: Location?
        var pulls = PullSources()
        /// Since two of them pull.
        var duplicatedAt: Timestamp?

        /// Whether it turns out with this PULL_DATA that there are two of them.
        mutating func pulled(at time: ClockReading) -> Bool {
            pulls.pulled(from: remote, at: time.monotonic)
            guard !pulls.takingTurns.isEmpty else {
                duplicatedAt = nil
                return false
            }
            guard duplicatedAt == nil else { return false }
            duplicatedAt = time.wall
            return true
        }

        var duplicate: GatewayStatus.Duplicate? {
            duplicatedAt.map { GatewayStatus.Duplicate(addresses: pulls.takingTurns, since: $0) }
        }
    }

    /// What a datagram told of its gateway.
    struct Observation {
        /// The name and the place under which its sightings are filed.
        var id: GatewayID
        var location: Location?
        /// With this datagram it turns out that two gateways have one EUI.
        var beginsToShare = false
    }

    private let board: GatewayBoard
    private var gateways: [GatewayEUI: Gateway] = [:]

    init(board: GatewayBoard) { self.board = board }

    /// Records that a datagram came, and what its `stat` says.
    mutating func observed(
        _ eui: GatewayEUI, from remote: SocketAddress, at time: ClockReading,
        statistics: ForwarderStatistics? = nil, packets: [ReceivedPacket] = [], isKeepalive: Bool = false
    ) -> Observation {
        var gateway =
            gateways[eui]
            ?? Gateway(
                id: GatewayID(forwarder: EUI64(rawValue: eui.rawValue)), remote: remote,
                remoteText: remote.ipAddress)
        if gateway.remote != remote {
            gateway.remote = remote
            gateway.remoteText = remote.ipAddress
        }
        if let location = statistics.flatMap(Location.init(_:)) { gateway.location = location }
        var observation = Observation(id: gateway.id, location: gateway.location)
        if isKeepalive { observation.beginsToShare = gateway.pulled(at: time) }
        let isOnBoard = board.observed(gateway.id, kind: .packetForwarder, at: time) { status in
            status.remoteAddress = gateway.remoteText
            status.location = gateway.location
            if let statistics { status.statistics.add(statistics) }
            for packet in packets { status.heard(packet) }
            if isKeepalive {
                status.keptAlive(at: time.monotonic)
                status.duplicate = gateway.duplicate
            }
        }
        // The board is bounded; whoever finds no place there is not remembered here either.
        if isOnBoard { keep(gateway, as: eui) }
        return observation
    }

    private mutating func keep(_ gateway: Gateway, as eui: GatewayEUI) {
        if gateways[eui] == nil, gateways.count >= GatewayBoard.capacity {
            gateways = gateways.filter { board.holds($0.value.id) }
        }
        gateways[eui] = gateway
    }
}

extension Location {
    /// Nil for a placeholder, and without coordinates.
    fileprivate init?(_ statistics: ForwarderStatistics) {
        guard let latitude = statistics.latitude, let longitude = statistics.longitude else { return nil }
        self.init(latitude: latitude, longitude: longitude, altitude: statistics.altitude)
    }
}

extension GatewayStatus {
    fileprivate mutating func heard(_ packet: ReceivedPacket) {
        channels.add(
            ChannelCounts.Channel(frequency: packet.frequency, dataRate: packet.dataRate.description))
        timeSource = packet.gpsMilliseconds != nil ? .gps : packet.time != nil ? .clock : TimeSource.none
    }

    fileprivate mutating func keptAlive(at now: MonotonicInstant) {
        keepaliveInterval = keepaliveAt.map { now.since($0) }
        keepaliveAt = now
    }
}

extension GatewayStatus.Statistics {
    fileprivate mutating func add(_ report: ForwarderStatistics) {
        received += Int(report.received ?? 0)
        receivedWithValidCRC += Int(report.receivedWithValidCRC ?? 0)
        forwarded += Int(report.forwarded ?? 0)
        downlinksReceived += Int(report.downlinksReceived ?? 0)
        downlinksSent += Int(report.downlinksSent ?? 0)
        acknowledgedPercent = report.acknowledgedPercent ?? acknowledgedPercent
        temperature = report.temperature ?? temperature
    }
}
