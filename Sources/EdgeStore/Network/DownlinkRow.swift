import EdgeModel
import FoundationEssentials
import GRDB

/// One row of `downlink`.
enum DownlinkRow {
    static let columns = """
        l.key, l.id, d.id AS device_id, l.f_port, l.payload, l.is_confirmed, l.priority, l.lifetime,
        l.created_at, l.state, l.reason, l.attempts, l.frame_counter, l.changed_at
        """
    static let source = "downlink l JOIN device d ON d.key = l.device"

    static func downlink(_ row: Row) throws -> Downlink {
        Downlink(
            id: DownlinkID(row["id"]), device: DeviceID(row["device_id"]), fPort: row["f_port"],
            payload: Array(row["payload"] as Data), isConfirmed: row["is_confirmed"],
            priority: row["priority"],
            lifetime: (row["lifetime"] as Int64?).map { .microseconds($0) },
            createdAt: try JSONColumn.value(row["created_at"]),
            progress: Downlink.Progress(
                state: Downlink.State(rawValue: row["state"]) ?? .refused, reason: row["reason"],
                attempts: row["attempts"], frameCounter: row["frame_counter"],
                changedAt: Timestamp(microseconds: row["changed_at"])))
    }
}
