package import EdgeModel
import FoundationEssentials
import GRDB

extension Store {
    /// Lines of the frame log: newest first, or, when the query follows, oldest first after its place.
    /// Lines without a device are shown to an organization that is alone on this gateway.
    package func loggedFrames(_ query: LoggedFrameQuery) async throws -> [LoggedFrame] {
        try await read { [self] database in
            let key = try organizationKeys.key(query.organization, in: database)
            let isAlone = try organizationKeys.isOnly(database)
            var conditions = ["(f.organization = ?1 OR (f.organization IS NULL AND ?2))"]
            var arguments: StatementArguments = [key, isAlone]
            if let device = query.device {
                guard let handle = try handle(of: device, in: query.organization, database) else {
                    throw EdgeError.notFound("Device not found")
                }
                conditions.append("f.device = ?")
                arguments += [handle.row]
            }
            if let gateway = query.gateway {
                conditions.append("f.gateway = ?")
                arguments += [gateway.rawValue]
            }
            if let place = query.place {
                conditions.append(query.follows ? "f.number > ?" : "f.number < ?")
                arguments += [place]
            }
            arguments += [query.limit]
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT f.*, d.id AS device_id FROM frameLog f LEFT JOIN device d ON d.key = f.device
                    WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY f.number \(query.follows ? "ASC" : "DESC") LIMIT ?
                    """, arguments: arguments
            ).map(Self.loggedFrame)
        }
    }

    private static func loggedFrame(_ row: Row) throws -> LoggedFrame {
        var radio: LoggedFrame.Radio?
        if let frequency = row["frequency"] as UInt32?, let dataRate = row["data_rate"] as String? {
            radio = LoggedFrame.Radio(
                frequency: frequency, dataRate: dataRate, rssi: row["rssi"], snr: row["snr"],
                power: row["power"])
        }
        var frame = LoggedFrame(
            device: (row["device_id"] as String?).map(DeviceID.init),
            kind: LoggedFrame.Kind(rawValue: row["kind"]) ?? .event,
            at: ClockReading(
                wall: Timestamp(microseconds: row["at"]),
                monotonic: MonotonicInstant(nanoseconds: UInt64(clamping: row["monotonic"] as Int64))),
            gateway: (row["gateway"] as String?).map { GatewayID($0) }, radio: radio,
            frame: (row["frame"] as Data?).map { Array($0) } ?? [], frameCounter: row["frame_counter"],
            fPort: row["f_port"],
            commands: try (row["commands"] as String?).map { try JSONColumn.value($0) } ?? [],
            note: row["note"])
        frame.number = row["number"]
        return frame
    }
}
