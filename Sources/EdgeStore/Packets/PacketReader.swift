import EdgeModel
import GRDB

/// Reads receptions and gateways within one snapshot.
final class PacketReader {
    private let database: Database
    private let names: GatewayNames
    private var gateways: [Int64: GatewayID]
    /// Most packets of a page were heard by one gateway.
    private var last: (key: Int64, gateway: GatewayID)?

    init(_ database: Database, _ names: GatewayNames) {
        self.database = database
        self.names = names
        gateways = names.known
    }

    func gateway(_ key: Int64) throws -> GatewayID {
        if let last, last.key == key { return last.gateway }
        let gateway: GatewayID
        if let known = gateways[key] {
            gateway = known
        } else {
            let id = try String.fetchOne(
                database, sql: "SELECT id FROM gateway WHERE key = ?", arguments: [key])
            gateway = GatewayID(id ?? "unknown")
            gateways[key] = gateway
            if id != nil { names.keep(gateway, key) }
        }
        last = (key, gateway)
        return gateway
    }

    /// The receptions of one packet: its rows in `reception`, or the one in its own row.
    func receptions(of sequence: Int64) throws -> [Reception] {
        let several = try receptions(of: sequence...sequence)[sequence] ?? []
        if !several.isEmpty { return several }
        let statement = try FastStatement(
            database,
            """
            SELECT sequence, gateway, received_at, received_at, 1, rssi, snr, frequency, data_rate,
                latitude, longitude, altitude, accuracy
            FROM packet WHERE sequence = ?
            """)
        statement.bind(sequence, at: 1)
        guard try statement.next() else { return [] }
        defer { statement.reset() }
        return [try reception(statement)]
    }

    /// The rows of `reception` for packets in `range`, strongest first, by packet.
    func receptions(of range: ClosedRange<Int64>) throws -> [Int64: [Reception]] {
        let statement = try FastStatement(
            database,
            """
            SELECT packet, gateway, first_at, last_at, count, rssi, snr, frequency, data_rate,
                latitude, longitude, altitude, accuracy
            FROM reception WHERE packet BETWEEN ? AND ? ORDER BY packet
            """)
        statement.bind(range.lowerBound, at: 1)
        statement.bind(range.upperBound, at: 2)
        var byPacket: [Int64: [Reception]] = [:]
        while try statement.next() {
            byPacket[statement.int(0), default: []].append(try reception(statement))
        }
        return byPacket.mapValues { $0.strongestFirst() }
    }

    /// Columns 1 to 12: gateway, first_at, last_at, count, rssi, snr, frequency, data_rate, place.
    private func reception(_ row: FastStatement) throws -> Reception {
        Reception(
            gateway: try gateway(row.int(1)), firstAt: Timestamp(microseconds: row.int(2)),
            lastAt: Timestamp(microseconds: row.int(3)), count: Int(row.int(4)),
            rssi: row.intIfAny(5).flatMap { RSSI(dBm: Int($0)) }, snr: row.doubleIfAny(6),
            frequency: row.intIfAny(7).flatMap { UInt32(exactly: $0) }, dataRate: row.textIfAny(8),
            location: row.location(9))
    }
}

extension FastStatement {
    /// Four columns from `first`: latitude, longitude, altitude, accuracy.
    func location(_ first: Int32) -> Location? {
        guard let latitude = doubleIfAny(first), let longitude = doubleIfAny(first + 1) else { return nil }
        return Location(
            latitude: latitude, longitude: longitude, altitude: doubleIfAny(first + 2),
            accuracy: doubleIfAny(first + 3))
    }
}
