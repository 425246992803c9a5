import EdgeModel
import FoundationEssentials
import GRDB

/// Reads what the network server keeps of a device.
struct NetworkReader {
    let database: Database
    let sealer: KeySealer

    /// Nil when there is nothing.
    func state(of device: DeviceHandle) throws -> NetworkState? {
        var state = NetworkState()
        state.sessions = try sessions(of: device)
        let sealed = try Data.fetchOne(
            database, sql: "SELECT sealed_state FROM lorawanJoin WHERE device = ?", arguments: [device.row])
        state.joins = try sealed.map {
            try sealer.open(Array($0), context: NetworkWriter.joinContext(device))
        }
        state.downlinks = try Row.fetchAll(
            database,
            sql: """
                SELECT \(DownlinkRow.columns) FROM \(DownlinkRow.source)
                WHERE l.device = ? AND l.is_finished = 0 ORDER BY l.key
                """, arguments: [device.row]
        ).map(DownlinkRow.downlink)
        return state.sessions.isEmpty && state.joins == nil && state.downlinks.isEmpty ? nil : state
    }

    private func sessions(of device: DeviceHandle) throws -> [LoRaWANSession] {
        try Row.fetchAll(
            database,
            sql: "SELECT number, sealed_state, summary FROM lorawanSession WHERE device = ? ORDER BY number",
            arguments: [device.row]
        ).map { row in
            let number: UInt32 = row["number"]
            return LoRaWANSession(
                number: number,
                state: try sealer.open(
                    Array(row["sealed_state"] as Data),
                    context: NetworkWriter.sessionContext(device, number)),
                summary: try JSONColumn.value(row["summary"]))
        }
    }
}
