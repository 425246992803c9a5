import EdgeModel
import FoundationEssentials
import GRDB
import Logging

/// Opens a database file and establishes which history it belongs to.
struct StoreOpener {
    let directory: String
    let clock: EdgeClock
    let logger: Logger

    struct Opened {
        var pool: DatabasePool
        var opening: StoreOpening
        var epoch: UniqueID
        var sequence: Int64
        var boot: Int64
        var journalGeneration: Int64
        var rolledUpThrough: Int64
    }

    var path: String { directory + "/holdfast.db" }

    func open(mark highWater: HighWaterMark) throws -> Opened {
        let existed = FileManager.default.fileExists(atPath: path)
        var salvage: Salvage.Report?
        let pool: DatabasePool
        let mark = DamageMark(directory: directory)
        do {
            let connected = try connect()
            if mark.isLeft, let error = try firstDamage(connected) {
                try connected.close()
                throw error
            }
            pool = connected
        } catch let error as DatabaseError where existed && Self.isDamage(error) {
            (pool, salvage) = try startAfresh(because: error)
        }
        try mark.remove()
        let now = clock.now()
        return try pool.write { database in
            let known = try Identity.fetch(database)
            let last = try lastSequence(database, recorded: known?.sequence ?? 0)
            let marked = highWater.read()
            let state = state(
                existed: existed, known: known, last: last, marked: marked, salvage: salvage)
            var epoch = known?.epoch ?? UniqueID.random()
            if state != .continued { epoch = UniqueID.random() }
            let sequence = max(last, marked?.sequence ?? 0)
            try Identity(epoch: epoch, sequence: sequence).store(database)
            let boot = try beginBoot(database, at: now.wall)
            try recoverActivity(database)
            try RollUpWriter(database: database).recover()
            let rolledUp = try Identity.rolledUpThrough(database)
            try highWater.write(HighWaterMark.Value(epoch: epoch, sequence: sequence), at: now.monotonic)
            return Opened(
                pool: pool,
                opening: StoreOpening(state: state, epoch: epoch, lastSequence: sequence),
                epoch: epoch, sequence: sequence, boot: boot,
                journalGeneration: try Identity.journalGeneration(database), rolledUpThrough: rolledUp)
        }
    }

    private func connect() throws -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        configuration.label = "holdfast"
        configuration.prepareDatabase { database in
            // One connection writes and checkpoints; no mmap; small caches, as memory is scarce.
            try database.execute(
                sql: """
                    PRAGMA mmap_size = 0;
                    PRAGMA cache_size = \(database.configuration.readonly ? -1024 : -2048);
                    PRAGMA journal_size_limit = 16777216;
                    PRAGMA wal_autocheckpoint = 4000;
                    """)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // Only now: turning WAL on, GRDB sets NORMAL, which leaves commits to the next checkpoint's sync.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try Schema.migrator.migrate(pool)
        return pool
    }

    /// What SQLite's own check finds wrong, nil when it is content.
    private func firstDamage(_ pool: DatabasePool) throws -> DatabaseError? {
        let verdict = try pool.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        guard let verdict, verdict != "ok" else { return nil }
        let line = verdict.split(separator: "\n").last.map(String.init) ?? verdict
        return DatabaseError(resultCode: .SQLITE_CORRUPT, message: line)
    }

    static func isDamage(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    /// Sets the damaged files aside, begins a new database and reads over what can be read.
    private func startAfresh(because error: DatabaseError) throws -> (DatabasePool, Salvage.Report) {
        let setAside = "\(path).damaged-\(clock.now().wall.seconds)"
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: setAside + suffix)
        }
        let pool = try connect()
        let saved = try Salvage(from: setAside).run(into: pool)
        let problem = error.message ?? "SQLite result \(error.resultCode.rawValue)"
        return (pool, Salvage.Report(setAside: setAside, saved: saved, problem: problem))
    }

    private func state(
        existed: Bool, known: Identity?, last: Int64, marked: HighWaterMark.Value?,
        salvage: Salvage.Report?
    ) -> StoreOpening.State {
        if let salvage {
            return .salvaged(
                setAside: salvage.setAside, saved: salvage.saved, problem: salvage.problem)
        }
        guard existed, let known else { return marked == nil ? .created : .replaced }
        guard let marked, marked.epoch == known.epoch else { return .replaced }
        return last < marked.sequence ? .behind(lost: marked.sequence - last) : .continued
    }

    /// The greatest sequence number in use: what is recorded, or more if rows say so.
    private func lastSequence(_ database: Database, recorded: Int64) throws -> Int64 {
        max(recorded, try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM packet") ?? 0)
    }

    private func beginBoot(_ database: Database, at now: Timestamp) throws -> Int64 {
        let id = Self.systemBootID() ?? UniqueID.random()
        if let same = try Int64.fetchOne(
            database, sql: "SELECT key FROM boot WHERE id = ?", arguments: [id.data])
        {
            return same
        }
        try database.execute(
            sql: "INSERT INTO boot (id, started_at) VALUES (?, ?)",
            arguments: [id.data, now.microseconds])
        return database.lastInsertedRowID
    }

    /// The kernel's identifier of this boot: monotonic times agree within it, restarts included.
    private static func systemBootID() -> UniqueID? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        else { return nil }
        return UniqueID(text.split(separator: "\n").first ?? "")
    }

    /// Counts packets that were stored after the activity of their devices was last written.
    private func recoverActivity(_ database: Database) throws {
        let through = try Identity.activityThrough(database)
        try database.execute(
            sql: """
                INSERT INTO deviceActivity (device, last_seen_at, packet_count, frame_counter)
                SELECT device, max(received_at), count(*),
                    max(CASE WHEN platform = ?2 THEN sequence_number END)
                FROM packet WHERE sequence > ?1 GROUP BY device
                ON CONFLICT (device) DO UPDATE SET
                    last_seen_at = max(coalesce(last_seen_at, 0), excluded.last_seen_at),
                    packet_count = packet_count + excluded.packet_count,
                    frame_counter = coalesce(excluded.frame_counter, frame_counter)
                """, arguments: [through, Platform.lorawan.rawValue])
        let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM packet") ?? 0
        try Identity.setActivityThrough(last, in: database)
    }
}

extension UniqueID {
    var data: Data { Data(bytes) }
}
