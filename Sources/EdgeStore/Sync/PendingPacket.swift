import EdgeModel
import FoundationEssentials
import GRDB

/// A packet whose device is not registered, as it is kept meanwhile.
struct PendingPacket: Codable {
    private var id: String
    private var eui: UInt64
    private var platform: Int
    private var protection: Int
    private var payload: Data
    private var counter: UInt32?
    private var number: UInt32?
    private var port: UInt8?
    private var time: Int64
    private var quality: Int
    private var heard: [Heard]

    private struct Heard: Codable {
        var gateway: String
        var first: Int64
        var last: Int64
        var count: Int
        var rssi: Int?
        var snr: Double?
        var frequency: UInt32?
        var rate: String?
        var place: [Double?]?
    }

    init(_ packet: SyncPacket) {
        id = packet.id.description
        eui = packet.devEUI.rawValue
        platform = packet.platform.rawValue
        protection = packet.protection.rawValue
        payload = Data(packet.payload)
        counter = packet.counter
        number = packet.sequenceNumber
        port = packet.fPort
        time = packet.receivedAt.microseconds
        quality = packet.clockQuality.rawValue
        heard = packet.receptions.map { reception in
            Heard(
                gateway: reception.gateway.rawValue, first: reception.firstAt.microseconds,
                last: reception.lastAt.microseconds, count: reception.count,
                rssi: reception.rssi.map { Int($0.dBm) }, snr: reception.snr, frequency: reception.frequency,
                rate: reception.dataRate,
                place: reception.location.map { [$0.latitude, $0.longitude, $0.altitude, $0.accuracy] })
        }
    }

    var packet: SyncPacket {
        SyncPacket(
            sequence: 0, id: UniqueID(id) ?? UniqueID(high: 0, low: 0), devEUI: EUI64(rawValue: eui),
            platform: Platform(rawValue: platform) ?? .ble,
            protection: Packet.Protection(rawValue: protection) ?? .decrypted, payload: Array(payload),
            counter: counter, sequenceNumber: number, fPort: port,
            receivedAt: Timestamp(microseconds: time), clockQuality: ClockQuality(rawValue: quality) ?? .none,
            receptions: heard.map { heard in
                var location: Location?
                if let place = heard.place, place.count == 4, let latitude = place[0],
                    let longitude = place[1]
                {
                    location = Location(
                        latitude: latitude, longitude: longitude, altitude: place[2], accuracy: place[3])
                }
                return Reception(
                    gateway: GatewayID(heard.gateway), firstAt: Timestamp(microseconds: heard.first),
                    lastAt: Timestamp(microseconds: heard.last), count: heard.count,
                    rssi: heard.rssi.flatMap { RSSI(dBm: $0) }, snr: heard.snr, frequency: heard.frequency,
                    dataRate: heard.rate, location: location)
            })
    }
}

extension BatchReceiver {
    /// Adds to a packet that waits for its device what became known of it since. False when none waits.
    func mergeWaiting(_ update: SyncUpdate, organization: Int64) throws -> Bool {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT key, row FROM pendingPacket WHERE organization = ? AND dev_eui = ? AND id = ?"),
            arguments: [organization, Int64(bitPattern: update.devEUI.rawValue), update.id.data])
        guard let row, let waiting = try? JSONDecoder().decode(PendingPacket.self, from: row["row"] as Data)
        else { return false }
        var packet = waiting.packet
        packet.receptions = packet.receptions.merged(with: update.receptions)
        if packet.clockQuality == .none, update.clockQuality != .none {
            (packet.receivedAt, packet.clockQuality) = (update.receivedAt, update.clockQuality)
        }
        try database.cachedStatement(sql: "UPDATE pendingPacket SET row = ? WHERE key = ?").execute(
            arguments: [try JSONEncoder().encode(PendingPacket(packet)), row["key"] as Int64])
        return true
    }
}
