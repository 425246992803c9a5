import EdgeModel
import GRDB
import Logging
import Synchronization

/// Reads packet rows into values, and checks that each is what was written.
final class PacketDecoder {
    private let store: Store
    private let database: Database
    private let reader: PacketReader
    private let revision: Int64
    private let mark: PacketCache.Mark
    private var labels: [Int64: DeviceLabel]
    /// Something was read that the cache did not have.
    private var hasRead = false

    /// `revision` is the registry's; it and `mark` were read before the snapshot of `database` was taken.
    init(store: Store, revision: Int64, mark: PacketCache.Mark, database: Database) {
        self.store = store
        self.mark = mark
        self.database = database
        reader = PacketReader(database, store.gatewayNames)
        self.revision = revision
        labels = store.labels.known(at: revision)
    }

    private static let selectSequence = "SELECT sequence, device FROM packet"
    private static let select = """
        SELECT sequence, id, device, platform, protection, payload, counter, sequence_number, f_port,
            received_at, clock_quality, gateway, rssi, snr, frequency, data_rate,
            latitude, longitude, altitude, accuracy, checksum
        FROM packet
        """
    private static let window = "sequence >= ?1 AND sequence <= ?2 AND received_at >= ?3 AND received_at < ?4"
    private static let order = "ORDER BY sequence"

    /// Up to `limit` packets of one source within one run, in order. Reads on past rows that are not
    /// served, so that they end no page early.
    func read(
        _ source: PacketSource, _ run: PacketRun, received: Range<Timestamp>, limit: Int,
        into entries: inout [PacketEntry]
    ) throws {
        if let known = try cached(source, run, received, limit: limit) {
            entries += known
            return
        }
        hasRead = true
        let (statement, devices) = try prepare(Self.select, source, run, received)
        defer { statement.reset() }
        let end = entries.count + limit
        while entries.count < end, try statement.next() {
            if let devices, !devices.contains(statement.int(2)) { continue }
            if let entry = try entry(statement) { entries.append(entry) }
        }
    }

    /// What `read` would find, where all of it was served lately.
    private func cached(
        _ source: PacketSource, _ run: PacketRun, _ received: Range<Timestamp>, limit: Int
    ) throws -> [PacketEntry]? {
        guard limit <= PacketCache.limit else { return nil }
        let (statement, devices) = try prepare(Self.selectSequence, source, run, received)
        defer { statement.reset() }
        var sequences: [Int64] = []
        while sequences.count < limit, try statement.next() {
            if let devices, !devices.contains(statement.int(1)) { continue }
            let sequence = statement.int(0)
            // Whoever walks through all packets finds none, and loses no time here.
            if sequences.isEmpty, !store.packetCache.contains(sequence) { return nil }
            sequences.append(sequence)
        }
        return store.packetCache.entries(sequences, at: mark)
    }

    /// The statement for a source; and the devices to keep, where the index cannot tell.
    private func prepare(
        _ select: String, _ source: PacketSource, _ run: PacketRun, _ received: Range<Timestamp>
    ) throws -> (FastStatement, Set<Int64>?) {
        let statement: FastStatement
        var kept: Set<Int64>?
        switch source {
        case .everything:
            statement = try FastStatement(database, "\(select) WHERE \(Self.window) \(Self.order)")
        case .device(let device):
            statement = try FastStatement(
                database, "\(select) WHERE device = ?5 AND \(Self.window) \(Self.order)")
            statement.bind(device, at: 5)
        case .platform(let organization, let platform):
            statement = try platformStatement(select, organization, platform)
        case .tagged(let organization, let platform, let devices):
            statement = try platformStatement(select, organization, platform)
            kept = devices
        }
        statement.bind(run.first, at: 1)
        statement.bind(run.last, at: 2)
        statement.bind(received.lowerBound.microseconds, at: 3)
        statement.bind(received.upperBound.microseconds, at: 4)
        return (statement, kept)
    }

    private func platformStatement(_ select: String, _ organization: Int64, _ platform: Platform) throws
        -> FastStatement
    {
        let statement = try FastStatement(
            database,
            "\(select) WHERE organization = ?5 AND platform = ?6 AND \(Self.window) \(Self.order)")
        statement.bind(organization, at: 5)
        statement.bind(Int64(platform.rawValue), at: 6)
        return statement
    }

    /// Nil for a row that does not agree with its checksum.
    private func entry(_ row: FastStatement) throws -> PacketEntry? {
        let sequence = row.int(0)
        guard let id = row.identifier(1) else {
            quarantine(sequence)
            return nil
        }
        let payload = row.bytes(5)
        let (device, counter, number) = (row.int(2), row.intIfAny(6), row.intIfAny(7))
        let (receivedAt, gateway, rssi) = (row.int(9), row.int(11), row.intIfAny(12))
        let sum = PacketChecksum.of(
            id: id, device: device, payload: payload,
            numbers: (sequence, counter, number, receivedAt, gateway, rssi))
        guard sum == row.int(20) else {
            quarantine(sequence)
            return nil
        }
        let time = Timestamp(microseconds: receivedAt)
        let label = try label(of: device)
        let reception = Reception(
            gateway: try reader.gateway(gateway), firstAt: time, lastAt: time, count: 1,
            rssi: rssi.flatMap { RSSI(dBm: Int($0)) }, snr: row.doubleIfAny(13),
            frequency: row.intIfAny(14).flatMap { UInt32(exactly: $0) }, dataRate: row.textIfAny(15),
            location: row.location(16))
        let packet = Packet(
            id: id, platform: Platform(rawValue: Int(row.int(3))) ?? .ble,
            protection: Packet.Protection(rawValue: Int(row.int(4))) ?? .decrypted, payload: payload,
            counter: counter.flatMap { UInt32(exactly: $0) },
            sequenceNumber: number.flatMap { UInt32(exactly: $0) },
            fPort: row.intIfAny(8).flatMap { UInt8(exactly: $0) }, receivedAt: time,
            clockQuality: ClockQuality(rawValue: Int(row.int(10))) ?? .none, best: reception)
        return PacketEntry(sequence: sequence, packet: packet, label: label)
    }

    /// Adds what is not in the packets' own rows, and keeps the whole for the next who asks.
    func complete(_ entries: inout [PacketEntry]) throws {
        guard hasRead else { return }
        try addReceptions(to: &entries)
        if store.decodingProgress.hasDecodings.load(ordering: .acquiring) {
            try addDecodings(to: &entries)
        }
        if entries.count <= PacketCache.limit { store.packetCache.keep(entries, at: mark) }
    }

    /// Replaces the first reception by all of them, for packets that have more.
    private func addReceptions(to entries: inout [PacketEntry]) throws {
        guard let first = entries.first?.sequence, let last = entries.last?.sequence else { return }
        // A sparse page asks packet by packet, a dense one in one go.
        let isDense = last - first < Int64(entries.count) * 4
        let several = isDense ? try reader.receptions(of: first...last) : [:]
        if isDense, several.isEmpty { return }
        for index in entries.indices {
            let sequence = entries[index].sequence
            let found =
                isDense
                ? several[sequence] : try reader.receptions(of: sequence...sequence)[sequence]
            guard let found, let best = found.first else { continue }
            let entry = entries[index]
            var packet = entry.packet
            packet.best = best
            packet.others = Array(found.dropFirst())
            entries[index] = PacketEntry(sequence: sequence, packet: packet, label: entry.label)
        }
    }

    private func addDecodings(to entries: inout [PacketEntry]) throws {
        guard let first = entries.first?.sequence, let last = entries.last?.sequence else { return }
        let reader = DecodingReader(database: database)
        let isDense = last - first < Int64(entries.count) * 4
        let found = isDense ? try reader.decodings(of: first...last) : [:]
        if isDense, found.isEmpty { return }
        for index in entries.indices {
            let sequence = entries[index].sequence
            let decoding =
                isDense ? found[sequence] : try reader.decodings(of: sequence...sequence)[sequence]
            guard let decoding else { continue }
            entries[index] = PacketEntry(
                sequence: sequence, packet: entries[index].packet, label: entries[index].label,
                decoding: decoding)
        }
    }

    /// One device is often behind several packets of a page.
    private func label(of device: Int64) throws -> DeviceLabel {
        if let known = labels[device] { return known }
        let label = try store.labels.fetch(device, revision: revision, in: database)
        labels[device] = label
        return label
    }

    private func quarantine(_ sequence: Int64) {
        let isNew = store.quarantined.withLock { set in
            set.count < 10_000 && set.insert(sequence).inserted
        }
        if isNew {
            store.logger.error(
                "a packet row does not agree with its checksum and is not served",
                metadata: ["packet.sequence": "\(sequence)"])
        }
    }
}
