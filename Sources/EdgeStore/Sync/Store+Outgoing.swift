package import EdgeModel
import GRDB
import Synchronization

/// Rows for one batch.
package struct OutgoingPackets: Sendable {
    package var packets: [SyncPacket]
    /// All rows up to here are among them.
    package var through: Int64
}

/// Changes of rows that may have been sent.
package struct OutgoingUpdates: Sendable {
    package var updates: [SyncUpdate]
    /// The last change that they cover.
    package var through: Int64
}

/// What the rows look like that have not been confirmed.
package struct Backlog: Hashable, Sendable {
    package var rows: Int
    /// When the oldest of them was received, where its clock was good.
    package var oldest: Timestamp?
}

/// What packets, or updates, have room for in a batch: each gateway, frequency, data rate and place stands
/// in it once, and of each there may be so many.
private struct BatchRoom {
    private static let tableLimit = SyncBatch.tableLimit / 2
    /// Each takes about 24 bytes.
    private static let receptionLimit = 20_000

    private var gateways: Set<GatewayID> = []
    private var frequencies: Set<UInt32> = []
    private var rates: Set<String> = []
    private var places: Set<Location> = []
    private var receptions = 0

    /// Whether the receptions of another row fit. Those of the first always do.
    mutating func takes(_ more: [Reception]) -> Bool {
        let isFirst = receptions == 0
        receptions += more.count
        for reception in more {
            gateways.insert(reception.gateway)
            if let frequency = reception.frequency { frequencies.insert(frequency) }
            if let rate = reception.dataRate { rates.insert(rate) }
            if let location = reception.location { places.insert(location) }
        }
        let most = max(gateways.count, frequencies.count, rates.count, places.count)
        return isFirst || most <= Self.tableLimit && receptions <= Self.receptionLimit
    }
}

extension Store {
    /// About how many bytes of rows a batch takes, before it is compressed.
    private static let outgoingBytes = 900_000

    /// The packets of an organization with sequence numbers in `range`, at most `limit`, in order. A row
    /// that does not agree with its checksum is not among them.
    package func outgoing(
        _ organization: OrganizationID, in range: ClosedRange<Int64>, limit: Int
    ) async throws -> OutgoingPackets {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let statement = try FastStatement(database, Self.outgoingQuery)
            statement.bind(range.lowerBound, at: 1)
            statement.bind(range.upperBound, at: 2)
            statement.bind(key, at: 3)
            statement.bind(Int64(limit), at: 4)
            var result = OutgoingPackets(packets: [], through: range.upperBound)
            result.packets.reserveCapacity(min(limit, SyncBatch.rowLimit))
            let reader = PacketReader(database, gatewayNames)
            var (count, bytes) = (0, 0)
            while try statement.next() {
                count += 1
                result.through = statement.int(0)
                if let packet = try Self.outgoing(statement, reader) {
                    bytes += packet.payload.count + 64
                    result.packets.append(packet)
                }
                if bytes >= Self.outgoingBytes {
                    statement.reset()
                    break
                }
            }
            if count < limit, bytes < Self.outgoingBytes { result.through = range.upperBound }
            try Self.addReceptions(to: &result.packets, reader)
            var room = BatchRoom()
            if let end = result.packets.firstIndex(where: { !room.takes($0.receptions) }) {
                result.packets.removeSubrange(end...)
                result.through = result.packets.last?.sequence ?? result.through
            }
            return result
        }
    }

    /// Changes after `revision`, at most `limit`, of packets that have arrived.
    package func outgoingUpdates(
        _ organization: OrganizationID, after revision: Int64, arrived: SequenceRanges, limit: Int
    ) async throws -> OutgoingUpdates {
        try await read { [self] database in
            let key = try organizationKeys.key(organization, in: database)
            let changed = try Row.fetchAll(
                database,
                sql:
                    "SELECT revision, packet FROM receptionChange WHERE revision > ? ORDER BY revision LIMIT ?",
                arguments: [revision, limit])
            var result = OutgoingUpdates(updates: [], through: revision)
            let reader = PacketReader(database, gatewayNames)
            var room = BatchRoom()
            for row in changed {
                let before = result.through
                result.through = row["revision"]
                let sequence: Int64 = row["packet"]
                // What has not arrived goes with its row.
                guard arrived.contains(sequence) else { continue }
                let statement = try FastStatement(database, Self.outgoingQuery)
                for (place, value) in [sequence, sequence, key, 1].enumerated() {
                    statement.bind(value, at: Int32(place + 1))
                }
                guard try statement.next() else { continue }
                let packet = try Self.outgoing(statement, reader)
                statement.reset()
                guard let packet else { continue }
                let receptions = try reader.receptions(of: sequence)
                guard room.takes(receptions) else {
                    result.through = before
                    break
                }
                result.updates.append(
                    SyncUpdate(
                        id: packet.id, devEUI: packet.devEUI, sequenceNumber: packet.sequenceNumber,
                        receivedAt: packet.receivedAt, clockQuality: packet.clockQuality,
                        receptions: receptions))
            }
            return result
        }
    }

    /// The fingerprints of the rows that are here, by their sequence numbers.
    package func fingerprints(_ range: ClosedRange<Int64>) async throws -> [Int64: UInt32] {
        try await read { [self] database in
            let statement = try FastStatement(
                database, "\(Self.selectOutgoing) WHERE p.sequence BETWEEN ?1 AND ?2")
            statement.bind(range.lowerBound, at: 1)
            statement.bind(range.upperBound, at: 2)
            let reader = PacketReader(database, gatewayNames)
            var found: [Int64: UInt32] = [:]
            while try statement.next() {
                if let packet = try Self.outgoing(statement, reader) {
                    found[packet.sequence] = packet.fingerprint
                }
            }
            return found
        }
    }

    /// What lies between what has arrived and `last`, in numbers.
    package func backlog(beyond arrived: SequenceRanges) async throws -> Backlog {
        let last = lastSequence
        return try await read { database in
            guard let first = try Int64.fetchOne(database, sql: "SELECT min(sequence) FROM packet") else {
                return Backlog(rows: 0, oldest: nil)
            }
            let missing = arrived.missing(through: last).compactMap { gap in
                gap.upperBound < first ? nil : max(gap.lowerBound, first)...gap.upperBound
            }
            let rows = missing.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound + 1) }
            guard let oldest = missing.first else { return Backlog(rows: 0, oldest: nil) }
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT received_at, clock_quality FROM packet
                    WHERE sequence >= ? ORDER BY sequence LIMIT 1
                    """, arguments: [oldest.lowerBound])
            let isDated = (row?["clock_quality"] as Int64? ?? 0) > 0
            return Backlog(
                rows: rows,
                oldest: isDated
                    ? (row?["received_at"] as Int64?).map(Timestamp.init(microseconds:)) : nil)
        }
    }

    /// Reads down the packets, never the devices.
    private static let selectOutgoing = """
        SELECT p.sequence, p.id, p.device, p.platform, p.protection, p.payload, p.counter,
            p.sequence_number, p.f_port, p.received_at, p.clock_quality, p.gateway, p.rssi, p.snr,
            p.frequency, p.data_rate, p.latitude, p.longitude, p.altitude, p.accuracy, p.checksum, d.dev_eui
        FROM packet p CROSS JOIN device d ON d.key = p.device
        """
    /// The rows of one organization in a run of sequence numbers, at most ?4. The plus keeps the
    /// organization's index out of it: through that, every batch would read and sort all that it has.
    static let outgoingQuery = """
        \(selectOutgoing)
        WHERE p.sequence BETWEEN ?1 AND ?2 AND +p.organization = ?3 ORDER BY p.sequence LIMIT ?4
        """

    private static func outgoing(_ row: FastStatement, _ reader: PacketReader) throws -> SyncPacket? {
        guard let id = row.identifier(1) else { return nil }
        let (sequence, payload) = (row.int(0), row.bytes(5))
        let (counter, number) = (row.intIfAny(6), row.intIfAny(7))
        let (receivedAt, rssi) = (row.int(9), row.intIfAny(12))
        let sum = PacketChecksum.of(
            id: id, device: row.int(2), payload: payload,
            numbers: (sequence, counter, number, receivedAt, row.int(11), rssi))
        guard sum == row.int(20) else { return nil }
        let time = Timestamp(microseconds: receivedAt)
        let reception = Reception(
            gateway: try reader.gateway(row.int(11)), firstAt: time, lastAt: time, count: 1,
            rssi: rssi.flatMap { RSSI(dBm: Int($0)) }, snr: row.doubleIfAny(13),
            frequency: row.intIfAny(14).flatMap { UInt32(exactly: $0) }, dataRate: row.textIfAny(15),
            location: row.location(16))
        return SyncPacket(
            sequence: sequence, id: id, devEUI: EUI64(rawValue: UInt64(bitPattern: row.int(21))),
            platform: Platform(rawValue: Int(row.int(3))) ?? .ble,
            protection: Packet.Protection(rawValue: Int(row.int(4))) ?? .decrypted, payload: payload,
            counter: counter.flatMap { UInt32(exactly: $0) },
            sequenceNumber: number.flatMap { UInt32(exactly: $0) },
            fPort: row.intIfAny(8).flatMap { UInt8(exactly: $0) }, receivedAt: time,
            clockQuality: ClockQuality(rawValue: Int(row.int(10))) ?? .none, receptions: [reception])
    }

    private static func addReceptions(to packets: inout [SyncPacket], _ reader: PacketReader) throws {
        guard let first = packets.first?.sequence, let last = packets.last?.sequence else { return }
        let several = try reader.receptions(of: first...last)
        guard !several.isEmpty else { return }
        for index in packets.indices {
            if let found = several[packets[index].sequence] { packets[index].receptions = found }
        }
    }
}
