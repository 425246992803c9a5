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
    }

    private let board: GatewayBoard
    private var gateways: [GatewayEUI: Gateway] = [:]

    init(board: GatewayBoard) { self.board = board }

    /// Records that a datagram came, and what its `stat` says.
    /// Returns the name and the place under which the gateway's sightings are filed.
    mutating func observed(
        _ eui: GatewayEUI, from remote: SocketAddress, at time: ClockReading,
        statistics: ForwarderStatistics? = nil, packets: [ReceivedPacket] = [], isKeepalive: Bool = false
    ) -> (id: GatewayID, location: Location?) {
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
        let isOnBoard = board.observed(gateway.id, kind: .packetForwarder, at: time) { status in
            status.remoteAddress = gateway.remoteText
            status.location = gateway.location
            if let statistics { status.statistics.add(statistics) }
            for packet in packets { status.heard(packet) }
            if isKeepalive { status.keptAlive(at: time.monotonic) }
        }
        // The board is bounded; whoever finds no place there is not remembered here either.
        if isOnBoard { gateways[eui] = gateway }
        return (gateway.id, gateway.location)
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
