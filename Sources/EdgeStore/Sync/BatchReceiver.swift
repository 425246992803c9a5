import EdgeModel
import FoundationEssentials
import GRDB

/// Takes batches over within one transaction of a central.
struct BatchReceiver {
    let store: Store
    let database: Database
    let now: Timestamp
    let writer: PacketWriter
    /// What was stored or met again, in the words of the pipeline's batches: activity, roll-ups and
    /// webhooks follow from it.
    private(set) var taken = IngestBatch()
    private(set) var recorded: [RecordedPacket] = []
    private var devices: [DeviceName: DeviceHandle?] = [:]
    private var pendingCount: Int?
    /// The packet before was here already: then this one may be, and is looked for before it is written.
    private var isRepeating = false

    private struct DeviceName: Hashable {
        var organization: Int64
        var devEUI: EUI64
    }

    init(store: Store, database: Database, now: Timestamp, writer: PacketWriter) {
        self.store = store
        self.database = database
        self.now = now
        self.writer = writer
    }

    mutating func receive(_ batch: SyncBatch, from id: GatewayID) throws -> SyncReceipt {
        guard
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: "SELECT key, organization FROM enrolledGateway WHERE id = ? AND revoked_at IS NULL"),
                arguments: [id.rawValue])
        else { throw EdgeError(.unauthenticated, "The gateway is not enrolled any more") }
        let (gateway, organization): (Int64, Int64) = (row["key"], row["organization"])
        var history = try SyncHistory(gateway: gateway, epoch: batch.epoch, at: now, in: database)
        var receipt = SyncReceipt(received: history.received)
        if let range = batch.range {
            var received = history.received
            received.insert(range)
            guard received.ranges.count <= SequenceRanges.limit else {
                throw EdgeError(.conflict, "Too many gaps: send what is missing first")
            }
            history.received = received
            receipt.received = received
        }
        for packet in batch.packets {
            switch try history.note(packet.fingerprint, at: packet.sequence) {
            case .known: try meet(packet, organization: organization)
            case .new: try take(packet, organization: organization, &receipt)
            case .contradicts(let known):
                receipt.conflicts += 1
                try keepConflict(of: packet, known: known, gateway: gateway, epoch: batch.epoch)
                try take(packet, organization: organization, &receipt)
            }
        }
        for update in batch.updates { try apply(update, organization: organization) }
        try history.store()
        receipt.witness = history.witness
        if receipt.stored + receipt.conflicts > 0 {
            try database.cachedStatement(
                sql:
                    "UPDATE enrolledGateway SET packets = packets + ?, conflicts = conflicts + ? WHERE key = ?"
            ).execute(arguments: [receipt.stored, receipt.conflicts, gateway])
        }
        return receipt
    }

    /// Stores a packet of a device that is registered, or merges it with what is stored.
    @discardableResult
    mutating func store(_ packet: SyncPacket, organization: Int64) throws -> Bool {
        guard let device = try device(packet.devEUI, organization) else { return false }
        let row = NewPacket(packet, device)
        if isRepeating, let sequence = try writer.storedAsIs(row) {
            note(row, .alreadyStored(sequence: sequence, receptions: []))
            return true
        }
        let outcome = try writer.insert(row)
        if case .alreadyStored = outcome { isRepeating = true } else { isRepeating = false }
        try merge(outcome, packet.receptions)
        note(row, outcome)
        return true
    }

    private mutating func take(_ packet: SyncPacket, organization: Int64, _ receipt: inout SyncReceipt) throws
    {
        if try store(packet, organization: organization) {
            if case .stored = recorded.last { receipt.stored += 1 }
        } else {
            try keepPending(packet, organization: organization)
            receipt.pending += 1
        }
    }

    /// A row that arrived before: it may have more receptions now, and may have been discarded here.
    private mutating func meet(_ packet: SyncPacket, organization: Int64) throws {
        if let device = try device(packet.devEUI, organization) {
            let row = NewPacket(packet, device)
            if try writer.storedAsIs(row) != nil { return }
            if let outcome = try writer.stored(row) { return try merge(outcome, packet.receptions) }
        }
        _ = try mergeWaiting(SyncUpdate(packet), organization: organization)
    }

    private mutating func apply(_ update: SyncUpdate, organization: Int64) throws {
        guard let device = try device(update.devEUI, organization),
            let outcome = try writer.stored(NewPacket(update, device)),
            case .alreadyStored(let sequence, _) = outcome
        else {
            if try mergeWaiting(update, organization: organization) { return }
            // Its packet has arrived: retention or a limit has discarded it since.
            return try Store.countDiscard(database, reason: "update_without_packet", count: 1, at: now)
        }
        try merge(outcome, update.receptions)
        if update.clockQuality != .none {
            try PacketDating(database: database).date(sequence, update.receivedAt, update.clockQuality)
            taken.updates.append(ReceptionUpdate(packet: sequence, receptions: []))
        }
        for reception in update.receptions {
            store.activity.update { $0[device.row, default: .init()].seen(at: reception.lastAt) }
        }
    }

    /// Adds the receptions to those of a packet that is stored already.
    private mutating func merge(_ outcome: RecordedPacket, _ receptions: [Reception]) throws {
        guard case .alreadyStored(let sequence, let known) = outcome else { return }
        let merged = known.merged(with: receptions)
        guard Set(merged) != Set(known) else { return }
        try writer.replaceReceptions(of: sequence, with: merged)
        taken.updates.append(ReceptionUpdate(packet: sequence, receptions: merged))
    }

    private mutating func note(_ row: NewPacket, _ outcome: RecordedPacket) {
        taken.packets.append(row)
        recorded.append(outcome)
    }

    /// The device with this DevEUI, or the last that had it; nil when the organization never had one.
    private mutating func device(_ devEUI: EUI64, _ organization: Int64) throws -> DeviceHandle? {
        let name = DeviceName(organization: organization, devEUI: devEUI)
        if let known = devices[name] { return known }
        let key = try Int64.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT key FROM device WHERE dev_eui = ? AND organization = ?
                    ORDER BY deleted_at IS NULL DESC, key DESC LIMIT 1
                    """), arguments: [Int64(bitPattern: devEUI.rawValue), organization])
        let handle = key.map { DeviceHandle(row: $0, organization: organization) }
        devices[name] = .some(handle)
        return handle
    }

    private mutating func keepPending(_ packet: SyncPacket, organization: Int64) throws {
        let count = try pendingCount ?? Int.fetchOne(database, sql: "SELECT count(*) FROM pendingPacket") ?? 0
        guard count < Store.pendingLimit else {
            pendingCount = count
            try Store.countDiscard(database, reason: "pending_limit", count: 1, at: now)
            return
        }
        try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO pendingPacket (organization, dev_eui, id, row, kept_at)
                VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            organization, Int64(bitPattern: packet.devEUI.rawValue), packet.id.data,
            try JSONEncoder().encode(PendingPacket(packet)), now.microseconds,
        ])
        let added = database.changesCount
        pendingCount = count + added
        if added == 0 { _ = try mergeWaiting(SyncUpdate(packet), organization: organization) }
    }

    private func keepConflict(
        of packet: SyncPacket, known: UInt32, gateway: Int64, epoch: UniqueID
    ) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO syncConflict (gateway, epoch, sequence, known, offered, packet, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                gateway, epoch.data, packet.sequence, Int64(known), Int64(packet.fingerprint),
                packet.id.data, now.microseconds,
            ])
        try database.execute(
            sql: """
                DELETE FROM syncConflict WHERE gateway = ?1 AND key <=
                    (SELECT key FROM syncConflict WHERE gateway = ?1 ORDER BY key DESC LIMIT 1 OFFSET ?2)
                """, arguments: [gateway, Store.conflictLimit])
    }
}

extension NewPacket {
    /// A packet that another machine heard: its monotonic time means nothing here.
    fileprivate init(_ packet: SyncPacket, _ device: DeviceHandle) {
        self.init(
            id: packet.id, device: device, platform: packet.platform, protection: packet.protection,
            payload: packet.payload, counter: packet.counter, sequenceNumber: packet.sequenceNumber,
            fPort: packet.fPort,
            receivedAt: ClockReading(
                wall: packet.receivedAt, monotonic: MonotonicInstant(nanoseconds: 0)),
            clockQuality: packet.clockQuality, receptions: packet.receptions, boot: 0)
    }

    /// Enough to look the packet up.
    fileprivate init(_ update: SyncUpdate, _ device: DeviceHandle) {
        self.init(
            id: update.id, device: device, platform: .ble, protection: .decrypted, payload: [], counter: nil,
            sequenceNumber: update.sequenceNumber, fPort: nil,
            receivedAt: ClockReading(
                wall: update.receivedAt, monotonic: MonotonicInstant(nanoseconds: 0)),
            clockQuality: update.clockQuality, receptions: update.receptions, boot: 0)
    }
}
