import EdgeModel
import FoundationEssentials
import GRDB

/// Reads what the network server keeps of devices: three queries for any number of them.
struct NetworkReader {
    let database: Database
    let sealer: KeySealer

    /// Without those for which there is nothing.
    func states(of devices: [DeviceHandle]) throws -> [DeviceHandle: NetworkState] {
        let handles = Dictionary(devices.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
        // Numbers of rows, no text: safe to write into the statement.
        let list = devices.map { String($0.row) }.joined(separator: ",")
        var states: [DeviceHandle: NetworkState] = [:]
        let sessions = try Row.fetchCursor(
            database,
            sql: """
                SELECT s.device, s.number, s.sealed_state, s.summary, h.is_elsewhere, h.first_counter, h.ceiling
                FROM lorawanSession s
                LEFT JOIN sharedSession h ON h.device = s.device AND h.number = s.number
                WHERE s.device IN (\(list)) ORDER BY s.device, s.number
                """)
        while let row = try sessions.next() {
            guard let device = handles[row["device"]] else { continue }
            states[device, default: NetworkState()].sessions.append(try session(row, of: device))
        }
        let joins = try Row.fetchCursor(
            database, sql: "SELECT device, sealed_state FROM lorawanJoin WHERE device IN (\(list))")
        while let row = try joins.next() {
            guard let device = handles[row["device"]] else { continue }
            states[device, default: NetworkState()].joins = try sealer.open(
                Array(row["sealed_state"] as Data), context: NetworkWriter.joinContext(device))
        }
        let shared = try Row.fetchCursor(
            database, sql: "SELECT device, sealed_state FROM sharedJoin WHERE device IN (\(list))")
        while let row = try shared.next() {
            guard let device = handles[row["device"]] else { continue }
            states[device, default: NetworkState()].sharedJoins = try sealer.open(
                Array(row["sealed_state"] as Data), context: NetworkWriter.joinContext(device))
        }
        let downlinks = try Row.fetchCursor(
            database,
            sql: """
                SELECT l.device, \(DownlinkRow.columns) FROM \(DownlinkRow.source)
                WHERE l.device IN (\(list)) AND l.is_finished = 0 ORDER BY l.key
                """)
        while let row = try downlinks.next() {
            guard let device = handles[row["device"]] else { continue }
            states[device, default: NetworkState()].downlinks.append(try DownlinkRow.downlink(row))
        }
        return states
    }

    private func session(_ row: Row, of device: DeviceHandle) throws -> LoRaWANSession {
        let number: UInt32 = row["number"]
        var session = LoRaWANSession(
            number: number,
            state: try sealer.open(
                Array(row["sealed_state"] as Data), context: NetworkWriter.sessionContext(device, number)),
            summary: try JSONColumn.value(row["summary"]))
        if let isElsewhere = row["is_elsewhere"] as Bool? {
            session.sharing = .init(
                isElsewhere: isElsewhere, first: row["first_counter"], ceiling: row["ceiling"])
        }
        return session
    }
}
