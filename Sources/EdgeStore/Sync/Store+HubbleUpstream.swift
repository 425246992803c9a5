package import EdgeModel
import FoundationEssentials
import GRDB

/// What goes up over the Hubble gateway API.
package struct HubblePackets: Sendable {
    package var packets: [(packet: SyncPacket, device: RegisteredDevice)]
    /// All rows up to here are among them, or nothing that a Hubble device sent.
    package var through: Int64
}

extension Store {
    /// The packets of Hubble devices with sequence numbers in `range`, of at most `limit` packets of all
    /// devices, in order.
    package func outgoingHubble(
        _ organization: OrganizationID, in range: ClosedRange<Int64>, limit: Int
    ) async throws -> HubblePackets {
        let found = try await outgoing(organization, in: range, limit: limit)
        var result = HubblePackets(packets: [], through: found.through)
        let packets = found.packets.filter { $0.platform == .ble }
        guard let first = packets.first?.sequence, let last = packets.last?.sequence else { return result }
        let rows = try await deviceRows(first...last)
        let key = try await read { [organizationKeys] database in
            try organizationKeys.key(organization, in: database)
        }
        let devices = try await registered(
            Set(rows.values).map { DeviceHandle(row: $0, organization: key) })
        var byRow: [Int64: RegisteredDevice] = [:]
        for device in devices { byRow[device.handle.row] = device }
        result.packets = packets.compactMap { packet in
            rows[packet.sequence].flatMap { byRow[$0] }.map { (packet, $0) }
        }
        return result
    }

    private func deviceRows(_ range: ClosedRange<Int64>) async throws -> [Int64: Int64] {
        try await read { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT sequence, device FROM packet WHERE sequence BETWEEN ? AND ?",
                arguments: [range.lowerBound, range.upperBound])
            var found: [Int64: Int64] = [:]
            while let row = try rows.next() { found[row[0]] = row[1] }
            return found
        }
    }

    /// Hubble frames that no key opened, behind `mark` in the order of the queue, at most `limit`; each
    /// with its place in it.
    package func outgoingFrames(after mark: Int64, limit: Int) async throws -> [(
        number: Int64, frame: UnopenedFrame
    )] {
        try await read { [self] database in
            let reader = PacketReader(database, gatewayNames)
            let statement = try FastStatement(
                database,
                """
                SELECT r.digest, r.kind, r.frame, r.gateway, r.first_at, r.last_at, r.count, r.clock_quality,
                    r.rssi, r.snr, r.frequency, r.data_rate, r.latitude, r.longitude, r.key, u.number
                FROM unsentFrame u JOIN rawFrame r ON r.key = u.frame
                WHERE u.number > ?1 ORDER BY u.number LIMIT ?2
                """)
            statement.bind(mark, at: 1)
            statement.bind(Int64(limit), at: 2)
            var frames: [(number: Int64, frame: UnopenedFrame)] = []
            while try statement.next() {
                frames.append((statement.int(15), try Self.unopenedFrame(statement, reader)))
            }
            return frames
        }
    }

    /// Keeps the refresh token, and what this gateway is called there.
    package func keep(_ token: SecretBytes, gateway: GatewayID, of id: UpstreamID) async throws {
        try await write { [sealer] database in
            try Self.write(token, of: id, sealer, database)
            try database.execute(
                sql: "UPDATE upstream SET gateway = ? WHERE id = ?",
                arguments: [gateway.rawValue, id.rawValue])
        }
    }

    static func write(
        _ token: SecretBytes, of id: UpstreamID, _ sealer: KeySealer, _ database: Database
    ) throws {
        let sealed = Data(try sealer.seal(token.bytes, context: refreshTokenContext(id)))
        try database.execute(
            sql: "UPDATE upstream SET sealed_refresh_token = ? WHERE id = ?",
            arguments: [sealed, id.rawValue])
    }

    /// Frames that were there before the upstream was.
    static func queueUnopenedFrames(_ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO unsentFrame (frame)
                SELECT key FROM rawFrame WHERE kind < ? ORDER BY key
                """, arguments: [RawFrame.Kind.lorawanData.rawValue])
    }

    static func forgetSentFrames(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM unsentFrame WHERE number <= (
                    SELECT ifnull(min(frames_mark), 9223372036854775807) FROM upstream
                    WHERE device_id IS NOT NULL)
                """)
    }

    static func hubble(_ row: Row, of id: UpstreamID, _ sealer: KeySealer) throws -> HubbleRegistration? {
        guard let deviceID: String = row["device_id"] else { return nil }
        let sealed = row["sealed_refresh_token"] as Data?
        let token = try sealed.map { try sealer.open(Array($0), context: refreshTokenContext(id)) }
        return HubbleRegistration(
            deviceID: deviceID, refreshToken: token ?? SecretBytes([]), framesMark: row["frames_mark"])
    }

    private static func refreshTokenContext(_ id: UpstreamID) -> String { "upstream refresh token \(id)" }
}
