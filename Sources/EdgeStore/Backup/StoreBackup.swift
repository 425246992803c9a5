import Crypto
package import EdgeModel
import FoundationEssentials
import GRDB
import Glibc

/// Copies a whole instance out of its directory, beside a gateway that runs or not, and back.
///
/// Device keys and credentials stay sealed under the master key, which goes along sealed under a recovery
/// code. Keys of the first start and the request log are not in a backup.
package struct StoreBackup {
    private let directory: String

    package init(directory: String) { self.directory = directory }

    private var database: String { directory + "/holdfast.db" }
    private var masterKey: String { directory + "/master.key" }
    private var highWater: String { directory + "/high-water" }
    private var heard: String { HeardJournal.path(in: directory) }
    /// Where the copy of the database keeps what the journal held.
    private static let heardProperty = "journal"

    /// Writes a backup to `path`: one moment of the database, whatever is written to it meanwhile.
    package func write(to path: String, code: String, at now: Timestamp) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let copy = path + ".database"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(copy + suffix) } }
        unlink(copy)
        // Before the database: what is committed between is left out by the next start.
        let heard = HeardJournal.bytes(at: heard)
        let identity = try duplicate(to: copy, heard, configuration)
        let key = try Data(contentsOf: URL(filePath: masterKey))
        guard key.count == 32,
            let sealed = try AES.GCM.seal(key, using: RecoveryKey.make(of: code)).combined
        else { throw EdgeError(.unavailable, "\(masterKey) is not a master key") }
        let (hash, length) = try BackupFile.hash(of: copy)
        let header = BackupHeader(
            createdAt: now.microseconds, epoch: identity.epoch.description, sequence: identity.sequence,
            sealedKey: sealed, databaseLength: length, databaseHash: Data(hash))
        try BackupFile.write(header, database: copy, to: path)
    }

    private func duplicate(
        to path: String, _ heard: [UInt8], _ configuration: Configuration
    ) throws -> Identity {
        do {
            let source = try DatabaseQueue(path: database, configuration: configuration)
            let target = try DatabaseQueue(path: path)
            try source.backup(to: target)
            let identity = try target.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO property VALUES ('\(Self.heardProperty)', ?)",
                    arguments: [Data(heard)])
                return try Identity.fetch(database)
            }
            try target.close()
            guard let identity else { throw EdgeError(.unavailable, "\(database) has no identity") }
            return identity
        } catch let error as DatabaseError {
            throw Store.domainError(error)
        }
    }

    /// Puts a backup in place of what is in the directory, where no gateway may run. The next start begins
    /// a new history.
    ///
    /// What was there is kept under the name that is returned; nil when there was nothing. Without the
    /// recovery code the master key of the directory must be the one of the backup.
    package func restore(from path: String, code: String?, at now: Timestamp) throws -> String? {
        let (header, begin) = try BackupFile.read(path)
        let key = try masterKey(of: header, code: code)
        let fresh = database + ".restored"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(fresh + suffix) } }
        try BackupFile.extract(header, from: path, at: begin, to: fresh)
        let heard = try check(fresh)
        let setAside =
            FileManager.default.fileExists(atPath: database)
            ? "\(database).before-restore-\(now.seconds)" : nil
        if let setAside {
            for suffix in ["", "-wal", "-shm"] { try move(database + suffix, to: setAside + suffix) }
            try move(self.heard, to: "\(setAside)-heard")
        }
        try write(key, to: masterKey)
        try write(heard, to: self.heard)
        // Without its mark the database is one that was put here: a new history begins.
        unlink(highWater)
        guard rename(fresh, database) == 0 else { throw SystemError("write \(database)") }
        return setAside
    }

    private func masterKey(of header: BackupHeader, code: String?) throws -> [UInt8] {
        if let code {
            guard let box = try? AES.GCM.SealedBox(combined: header.sealedKey),
                let key = try? AES.GCM.open(box, using: RecoveryKey.make(of: code))
            else { throw EdgeError.invalid("the recovery code is not that of this backup") }
            return Array(key)
        }
        guard let key = try? Data(contentsOf: URL(filePath: masterKey)) else {
            throw EdgeError.invalid("the recovery code is needed: this directory has no master key")
        }
        return Array(key)
    }

    private func move(_ path: String, to other: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard rename(path, other) == 0 else { throw SystemError("set \(path) aside") }
    }

    /// What the journal held when the backup was made.
    private func check(_ path: String) throws -> [UInt8] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { database in
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            guard verdict == "ok" else { throw EdgeError.invalid("the database in the backup is damaged") }
            let heard = try Data.fetchOne(
                database, sql: "SELECT value FROM property WHERE name = '\(Self.heardProperty)'")
            return Array(heard ?? Data())
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".restored"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("open \(temporary)") }
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0,
            rename(temporary, path) == 0
        else {
            let error = SystemError("write \(path)")
            unlink(temporary)
            throw error
        }
    }
}
