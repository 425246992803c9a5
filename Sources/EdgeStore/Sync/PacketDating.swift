import EdgeModel
import FoundationEssentials
import GRDB

/// Gives a packet that was stored without a date its real time, with all that follows from it.
struct PacketDating {
    let database: Database

    /// Does nothing to a packet that has a date.
    func date(_ sequence: Int64, _ time: Timestamp, _ quality: ClockQuality) throws {
        guard
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT id, organization, device, platform, payload, counter, sequence_number, gateway, rssi
                    FROM packet WHERE sequence = ? AND clock_quality = 0
                    """, arguments: [sequence]), let id = UniqueID(bytes: Array(row["id"] as Data))
        else { return }
        let payload = Array(row["payload"] as Data)
        let checksum = PacketChecksum.of(
            id: id, device: row["device"], payload: payload,
            numbers: (
                sequence, row["counter"], row["sequence_number"], time.microseconds, row["gateway"],
                row["rssi"]
            ))
        try database.execute(
            sql: "UPDATE packet SET received_at = ?, clock_quality = ?, checksum = ? WHERE sequence = ?",
            arguments: [time.microseconds, quality.rawValue, checksum, sequence])
        try database.execute(
            sql: """
                UPDATE packetBlock SET earliest = min(earliest, ?1), latest = max(latest, ?1)
                WHERE first_sequence = ?2
                """,
            arguments: [
                time.microseconds, sequence / PacketWriter.blockLength * PacketWriter.blockLength,
            ])
        var dated = RollUpLedger.Contents()
        dated.add(
            RolledUpPacket(
                device: DeviceHandle(row: row["device"], organization: row["organization"]),
                platform: Platform(rawValue: row["platform"]) ?? .ble, payloadLength: payload.count,
                receivedAt: time))
        try RollUpWriter(database: database).add(dated.sums)
    }
}
