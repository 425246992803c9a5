import Crypto
package import EdgeModel
import FoundationEssentials
import GRDB
package import Logging
import Synchronization

/// The gateway's database: one file, one writing and checkpointing connection, readers beside it.
///
/// What a method has returned from is on the disk (`synchronous=FULL`). Methods throw `EdgeError`:
/// `storageFull` when the disk is, `unavailable` when the database cannot be used.
package final class Store: Sendable {
    package let directory: String
    package let clock: EdgeClock
    /// What was found when the database was opened.
    package let opening: StoreOpening
    let pool: DatabasePool
    let sealer: KeySealer
    let ballast: Ballast
    let logger: Logger
    let auditRetention: AuditRetention
    /// What the writer knows without reading; touched inside write transactions only.
    let writerState: Mutex<WriterState>
    /// What `afterCommit` was given by the transaction that runs.
    private let commitActions = Mutex<[@Sendable () -> Void]>([])
    let activity = ActivityLedger()
    let rollUps = RollUpLedger()
    let labels = LabelCache()
    let gatewayNames = GatewayNames()
    let packetCache = PacketCache()
    let decodingProgress = DecodingProgress()
    let organizationKeys = OrganizationKeys()
    /// Raised with each change of the registry; see `registryRevision`.
    let revision = Atomic<Int64>(0)
    /// Raised with each batch that is put into the spool; see `uploadsRevision`.
    let uploadsSpooled = Atomic<Int64>(0)
    /// Raised when packets were stored, or a webhook has changed.
    package let changes = ChangeSignal()
    /// Who waits for what the pipeline has heard, ...
    package let packetDemand = CommitDemand()
    /// ... and who for what the network server has noted.
    package let networkDemand = CommitDemand()
    /// Where what was heard waits for its commit; nil where there can be none.
    package let journal: HeardJournal?
    /// Raised when the frame log has grown.
    package let frameLogged = ChangeSignal()
    /// Raised when packets were given to their codecs.
    let decoded = ChangeSignal()
    /// Raised when an event was stored, or a webhook has changed.
    package let eventChanges = ChangeSignal()
    /// Raised when a letter was stored.
    package let mailChanges = ChangeSignal()
    /// Raised with each change of a webhook; see `webhookRevision`.
    let webhookChanges = Atomic<Int64>(0)
    /// Raised with each change of an upstream; see `upstreamRevision`.
    let upstreamChanges = Atomic<Int64>(0)
    /// Raised when the network server has written sessions; see `sessionRevision`.
    let sessionChanges = Atomic<Int64>(0)
    /// SQLite has met damage in this database since it was opened.
    let damage = Atomic<Bool>(false)
    /// Packet rows whose checksum did not agree when they were read.
    let quarantined = Mutex<Set<Int64>>([])

    struct WriterState {
        var epoch: UniqueID
        /// The last ingest sequence number that was given out, ever.
        var sequence: Int64
        var boot: Int64
        let mark: HighWaterMark
        var gateways: [GatewayID: Int64] = [:]
        var activityFlushedAt: MonotonicInstant
        /// Receptions that were filed under one name for want of room, since the start.
        var unnamed = 0
        var namesTidiedAt: MonotonicInstant?
    }

    /// The number of the last change to the device registry. A reader that has seen this number
    /// has seen every device as it is.
    package var registryRevision: Int64 { revision.load(ordering: .acquiring) }

    /// Packet rows that were read, did not agree with their checksum, and were not served.
    package var quarantinedPackets: Int { quarantined.withLock { $0.count } }

    /// SQLite has met damage: the next start saves what can be read into a new database.
    package var isDamaged: Bool { damage.load(ordering: .relaxed) }

    package var epoch: UniqueID { writerState.withLock { $0.epoch } }

    /// The sequence number of the newest packet, 0 before the first.
    package var lastSequence: Int64 { writerState.withLock { $0.sequence } }

    /// Opens the database in `directory`, creating both as needed, and migrates it.
    ///
    /// A database that is damaged beyond opening is set aside, what can be read of it is saved into
    /// a new one, and `opening` says so. Throws when the directory cannot be used.
    package init(
        directory: String, clock: EdgeClock = .system, logger: Logger,
        auditRetention: AuditRetention = AuditRetention()
    ) throws {
        self.directory = directory
        self.auditRetention = auditRetention
        self.clock = clock
        self.logger = logger
        ballast = Ballast(path: directory + "/ballast")
        sealer = try KeySealer(path: directory + "/master.key")
        let mark = try HighWaterMark(path: directory + "/high-water")
        let opener = StoreOpener(directory: directory, clock: clock, logger: logger)
        let opened = try Self.open(opener, mark: mark, ballast: ballast)
        pool = opened.pool
        opening = opened.opening
        writerState = Mutex(
            WriterState(
                epoch: opened.epoch, sequence: opened.sequence, boot: opened.boot, mark: mark,
                activityFlushedAt: clock.now().monotonic))
        rollUps.update { $0.base = opened.rolledUpThrough }
        do {
            journal = try HeardJournal(
                path: HeardJournal.path(in: directory), boot: opened.boot, committed: opened.journalGeneration
            )
        } catch {
            journal = nil
            logger.warning(
                "no journal; packets are committed five times a second", metadata: ["error": "\(error)"])
        }
        if !ballast.take() { logger.warning("no room for the ballast file; a full disk will need help") }
        let revision = try pool.read { [decodingProgress] database in
            try decodingProgress.load(database)
            return try Int64.fetchOne(database, sql: "SELECT max(revision) FROM device") ?? 0
        }
        self.revision.store(revision, ordering: .releasing)
    }

    /// A database is written to when it is opened. On a disk that is full the ballast gives it the room.
    private static func open(_ opener: StoreOpener, mark: HighWaterMark, ballast: Ballast) throws
        -> StoreOpener.Opened
    {
        do {
            return try opener.open(mark: mark)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL && ballast.giveUp() {
            opener.logger.warning("the disk is full; the ballast is given up")
            return try opener.open(mark: mark)
        }
    }

    /// Writes what is still in memory and closes the connections. The store is of no use afterwards.
    package func close() throws {
        pool.writeWithoutTransaction { database in
            do {
                try transact(database) {
                    try flushActivity($0)
                    try flushRollUps($0)
                }
            } catch {
                // Both follow from the packets.
                logger.warning(
                    "what devices did is counted again at the next start", metadata: ["error": "\(error)"])
            }
            do {
                // A database that is stopped is one file, which can be copied as it is.
                _ = try database.checkpoint(.truncate)
            } catch {
                logger.warning("the WAL stays beside the database", metadata: ["error": "\(error)"])
            }
        }
        try pool.close()
    }

    /// Somebody reads what is stored: all that was taken in before is there when this returns, unless it
    /// cannot be written.
    package func ask() async {
        await networkDemand.ask()
        await packetDemand.ask()
    }

    /// Everything that was taken in before is on the disk when this returns, or was not within half a second.
    package func settle() async {
        _ = await networkDemand.settle(atMost: CommitDemand.atMost)
        _ = await packetDemand.settle(atMost: CommitDemand.atMost)
    }

    /// One transaction. Errors come out as `EdgeError`.
    func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value
    {
        do {
            return try await pool.writeWithoutTransaction { [self] in try transact($0, body) }
        } catch {
            noteDamage(error)
            throw Self.domainError(error)
        }
    }

    private func transact<Value>(_ database: Database, _ body: (Database) throws -> Value) throws -> Value {
        commitActions.withLock { $0 = [] }
        var value: Value?
        try database.inTransaction {
            value = try body(database)
            return .commit
        }
        let actions = commitActions.withLock { actions in
            defer { actions = [] }
            return actions
        }
        for action in actions { action() }
        guard let value else { preconditionFailure("a transaction that ends has a value") }
        return value
    }

    /// Has something done as soon as the running transaction is on the disk, before any other begins; and
    /// not at all when it does not get there. Called inside a write transaction.
    ///
    /// GRDB's own way keeps what belongs to a COMMIT that failed, and does it after the next one.
    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        commitActions.withLock { $0.append(action) }
    }

    /// One snapshot. Errors come out as `EdgeError`.
    func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch {
            noteDamage(error)
            throw Self.domainError(error)
        }
    }

    /// Leaves word for the next start, which then saves what can be read into a new database.
    private func noteDamage(_ error: any Error) {
        guard let error = error as? DatabaseError, StoreOpener.isDamage(error) else { return }
        damage.store(true, ordering: .relaxed)
        if DamageMark(directory: directory).leave(error) {
            logger.error(
                "the database is damaged; the next start saves what can be read",
                metadata: ["error": "\(error.message ?? "SQLite result \(error.resultCode.rawValue)")"])
        }
    }

    static func domainError(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return EdgeError(.storageFull, "the disk is full; nothing was stored", cause: error)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN:
            return EdgeError(.unavailable, "the database cannot be written", cause: error)
        case .SQLITE_IOERR:
            return EdgeError(.unavailable, "the disk does not answer as it should", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return EdgeError(.unavailable, "the database is damaged", cause: error)
        default:
            return EdgeError(.internal, "the database refused the operation", cause: error)
        }
    }

    /// The key that signs what the gateway hands out and takes back (continuation tokens, API
    /// keys). Stable for the life of the data directory.
    package func signingKey(for purpose: String) -> SymmetricKeyBytes {
        SymmetricKeyBytes(sealer.derivedKey(for: purpose).withUnsafeBytes { Array($0) })
    }
}

/// Key bytes that do not print themselves.
package typealias SymmetricKeyBytes = SecretBytes
