import Crypto
import EdgeModel
import GRDB

/// Writes packets, receptions and raw frames within one transaction, and what follows from them:
/// sequence numbers, gateways, blocks. What it counted up is valid once the transaction commits.
final class PacketWriter {
    private let database: Database
    private let boot: Int64
    private(set) var progress: Progress
    private var blocks: [Int64: Block] = [:]
    private let firstSequence: Int64
    /// How many gateways have a name, once it had to be known.
    private var names: Int?

    /// How many sequence numbers a row of `packetBlock` sums up.
    static let blockLength: Int64 = 4096

    /// What the writer knows of the database without reading it.
    struct Progress: Sendable {
        /// The last sequence number given out.
        var sequence: Int64
        var gateways: [GatewayID: Int64]
        /// How many receptions were filed under `GatewayNames.others` for want of room.
        var unnamed = 0
    }

    /// What names a gateway: frames that no key opened come from anybody, and have less room for names.
    private enum Namer {
        case packet, rawFrame

        var limit: Int { self == .packet ? GatewayNames.limit : GatewayNames.rawFrameLimit }
    }

    private struct Block {
        var last: Int64
        var earliest: Int64
        var latest: Int64
    }

    init(database: Database, boot: Int64, progress: Progress) {
        self.database = database
        self.boot = boot
        self.progress = progress
        firstSequence = progress.sequence
    }

    func insert(_ packet: NewPacket) throws -> RecordedPacket {
        if packet.isRepeatOnly { return try stored(packet) ?? .refused }
        let next = progress.sequence + 1
        guard try insertRow(packet, sequence: next) else {
            guard let stored = try stored(packet) else {
                throw EdgeError(.internal, "a packet that is stored is not there")
            }
            return stored
        }
        progress.sequence = next
        if packet.receptions.count > 1 || packet.receptions.contains(where: { $0.count > 1 }) {
            try replaceReceptions(of: next, with: packet.receptions)
        }
        note(next, receivedAt: packet.receivedAt.wall.microseconds)
        return .stored(sequence: next)
    }

    /// False when a packet with this identifier is stored already.
    private func insertRow(_ packet: NewPacket, sequence: Int64) throws -> Bool {
        guard let first = packet.receptions.first else {
            throw EdgeError(.internal, "a packet without a reception")
        }
        let row = PacketRow(
            sequence: sequence, packet: packet, first: first, boot: packet.boot ?? boot,
            gateway: try key(of: first.gateway))
        return try row.insert(into: database)
    }

    /// Nil when no packet with this identifier is stored.
    func stored(_ packet: NewPacket) throws -> RecordedPacket? {
        let statement = try FastStatement(
            database,
            "SELECT sequence FROM packet WHERE device = ? AND ifnull(sequence_number, -1) = ? AND id = ?")
        statement.bind(packet.device.row, at: 1)
        statement.bind(packet.sequenceNumber.map(Int64.init) ?? -1, at: 2)
        statement.bind(packet.id.bytes, at: 3)
        guard try statement.next() else { return nil }
        let sequence = statement.int(0)
        statement.reset()
        // Names of its own: what this transaction adds may yet be taken back.
        let receptions = try PacketReader(database, GatewayNames()).receptions(of: sequence)
        return .alreadyStored(sequence: sequence, receptions: receptions)
    }

    /// The sequence number of a packet that is stored and of whose one reception nothing is new; nil for
    /// any other. Costs one look, where `stored` takes three.
    func storedAsIs(_ packet: NewPacket) throws -> Int64? {
        guard packet.receptions.count == 1, let only = packet.receptions.first, only.count == 1,
            only.firstAt == packet.receivedAt.wall, only.lastAt == only.firstAt
        else { return nil }
        let statement = try FastStatement(
            database,
            """
            SELECT sequence, gateway, received_at, rssi FROM packet
            WHERE device = ? AND ifnull(sequence_number, -1) = ? AND id = ?
            """)
        statement.bind(packet.device.row, at: 1)
        statement.bind(packet.sequenceNumber.map(Int64.init) ?? -1, at: 2)
        statement.bind(packet.id.bytes, at: 3)
        guard try statement.next() else { return nil }
        defer { statement.reset() }
        let isSame =
            try statement.int(1) == key(of: only.gateway)
            && statement.int(2) == only.firstAt.microseconds
            && statement.intIfAny(3) == only.rssi.map { Int64($0.dBm) }
        return isSame ? statement.int(0) : nil
    }

    func replaceReceptions(of packet: Int64, with receptions: [Reception]) throws {
        let statement = try FastStatement(
            database,
            """
            INSERT OR REPLACE INTO reception (packet, gateway, first_at, last_at, count, rssi, snr,
                frequency, data_rate, latitude, longitude, altitude, accuracy)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        for reception in receptions {
            statement.bind(packet, at: 1)
            statement.bind(try key(of: reception.gateway), at: 2)
            statement.bind(reception.firstAt.microseconds, at: 3)
            statement.bind(reception.lastAt.microseconds, at: 4)
            statement.bind(Int64(reception.count), at: 5)
            statement.bind(reception.rssi.map { Int64($0.dBm) }, at: 6)
            statement.bind(reception.snr, at: 7)
            statement.bind(reception.frequency.map(Int64.init), at: 8)
            statement.bind(reception.dataRate, at: 9)
            statement.bind(reception.location?.latitude, at: 10)
            statement.bind(reception.location?.longitude, at: 11)
            statement.bind(reception.location?.altitude, at: 12)
            statement.bind(reception.location?.accuracy, at: 13)
            _ = try statement.run()
        }
    }

    /// Keeps a frame that no key opened; one that is kept already is counted.
    /// The same for a frame that another machine heard, and may tell of again: nothing is counted twice.
    func keepOnce(_ frame: RawFrame) throws {
        let row = RawFrameRow(frame: frame, boot: boot, gateway: try key(of: frame.sighting.gateway))
        if try !row.isKept(in: database) { try row.insertOrCount(in: database) }
    }

    func keep(_ frame: RawFrame) throws {
        let gateway = try key(of: frame.sighting.gateway, for: .rawFrame)
        let row = RawFrameRow(frame: frame, boot: boot, gateway: gateway)
        try row.insertOrCount(in: database)
    }

    /// Writes what follows from the packets of this transaction.
    func finish() throws {
        guard progress.sequence > firstSequence else { return }
        let statement = try FastStatement(
            database,
            """
            INSERT INTO packetBlock (first_sequence, last_sequence, earliest, latest)
            VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (first_sequence) DO UPDATE SET last_sequence = max(last_sequence, ?2),
                earliest = min(earliest, ?3), latest = max(latest, ?4)
            """)
        for (first, block) in blocks {
            statement.bind(first, at: 1)
            statement.bind(block.last, at: 2)
            statement.bind(block.earliest, at: 3)
            statement.bind(block.latest, at: 4)
            _ = try statement.run()
        }
        let property = try FastStatement(
            database, "UPDATE property SET value = ? WHERE name = 'last_sequence'")
        property.bind(progress.sequence, at: 1)
        _ = try property.run()
    }

    private func note(_ sequence: Int64, receivedAt: Int64) {
        let first = sequence / Self.blockLength * Self.blockLength
        var block = blocks[first] ?? Block(last: sequence, earliest: receivedAt, latest: receivedAt)
        block.last = sequence
        block.earliest = min(block.earliest, receivedAt)
        block.latest = max(block.latest, receivedAt)
        blocks[first] = block
    }

    /// The row of a gateway's name. Where there is no room for one more name it is that of all others.
    private func key(of gateway: GatewayID, for namer: Namer = .packet) throws -> Int64 {
        if let key = progress.gateways[gateway] { return key }
        let stored = try Int64.fetchOne(
            database, sql: "SELECT key FROM gateway WHERE id = ?", arguments: [gateway.rawValue])
        let key: Int64
        if let stored {
            key = stored
        } else if try gateway == GatewayNames.others || isRoom(for: namer) {
            try database.execute(
                sql: "INSERT INTO gateway (id) VALUES (?)", arguments: [gateway.rawValue])
            key = database.lastInsertedRowID
            names = names.map { $0 + 1 }
        } else {
            progress.unnamed += 1
            return try self.key(of: GatewayNames.others)
        }
        progress.gateways[gateway] = key
        return key
    }

    private func isRoom(for namer: Namer) throws -> Bool {
        let count = try names ?? Int.fetchOne(database, sql: "SELECT count(*) FROM gateway") ?? 0
        names = count
        return count < namer.limit
    }
}
