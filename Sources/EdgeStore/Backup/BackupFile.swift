import Crypto
import EdgeModel
import FoundationEssentials
import Glibc

/// What stands at the beginning of a backup, in clear; the database follows it.
package struct BackupHeader: Sendable, Codable {
    package var createdAt: Int64
    package var epoch: String
    package var sequence: Int64
    /// The master key, sealed under a key that is made of the recovery code.
    var sealedKey: Data
    var databaseLength: Int64
    var databaseHash: Data
}

/// A backup: `HFBACK1\n`, the length of the header in four bytes, the header as JSON, the database.
enum BackupFile {
    static let magic = Array("HFBACK1\n".utf8)
    private static let headerLimit = 65_536
    private static let pieceLength = 1_048_576

    /// Writes beside and renames, so that a backup is whole or not there.
    static func write(_ header: BackupHeader, database: String, to path: String) throws {
        let encoded = Array(try JSONEncoder().encode(header))
        let partial = path + ".partial"
        let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("open \(partial)") }
        defer { close(file) }
        // Gone already where it was renamed.
        defer { unlink(partial) }
        let length = UInt32(encoded.count)
        try write(magic + withUnsafeBytes(of: length.bigEndian) { Array($0) } + encoded, to: file)
        try copy(from: database, at: 0, to: file)
        guard fsync(file) == 0, rename(partial, path) == 0 else { throw SystemError("write \(path)") }
    }

    /// The header, and where the database begins. Throws `invalid` for what is not a backup.
    static func read(_ path: String) throws -> (header: BackupHeader, begin: Int) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemError("open \(path)") }
        defer { close(file) }
        var start = [UInt8](repeating: 0, count: magic.count + 4)
        guard Glibc.read(file, &start, start.count) == start.count, start.starts(with: magic) else {
            throw EdgeError.invalid("\(path) is not a backup")
        }
        let length = Int(start.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        guard length <= headerLimit else { throw EdgeError.invalid("\(path) is not a backup") }
        var encoded = [UInt8](repeating: 0, count: length)
        guard Glibc.read(file, &encoded, length) == length,
            let header = try? JSONDecoder().decode(BackupHeader.self, from: Data(encoded))
        else { throw EdgeError.invalid("\(path) is not a whole backup") }
        return (header, start.count + length)
    }

    /// Copies the database out of a backup. Throws `invalid` when it is not what was backed up.
    static func extract(_ header: BackupHeader, from path: String, at begin: Int, to target: String) throws {
        let file = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("open \(target)") }
        defer { close(file) }
        try copy(from: path, at: begin, to: file)
        guard fsync(file) == 0 else { throw SystemError("sync \(target)") }
        let (hash, length) = try hash(of: target)
        guard hash == Array(header.databaseHash), length == header.databaseLength else {
            unlink(target)
            throw EdgeError.invalid("\(path) is damaged: the database in it is not what was backed up")
        }
    }

    static func hash(of path: String) throws -> (hash: [UInt8], length: Int64) {
        var sum = SHA256()
        var length: Int64 = 0
        try pieces(of: path, at: 0) { piece in
            sum.update(data: piece)
            length += Int64(piece.count)
        }
        return (Array(sum.finalize()), length)
    }

    private static func copy(from path: String, at begin: Int, to file: Int32) throws {
        try pieces(of: path, at: begin) { try write(Array($0), to: file) }
    }

    private static func pieces(of path: String, at begin: Int, _ body: (ArraySlice<UInt8>) throws -> Void)
        throws
    {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemError("open \(path)") }
        defer { close(file) }
        guard lseek(file, begin, SEEK_SET) == begin else { throw SystemError("read \(path)") }
        var buffer = [UInt8](repeating: 0, count: pieceLength)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count >= 0 else { throw SystemError("read \(path)") }
            if count == 0 { return }
            try body(buffer[..<count])
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemError("write a backup") }
            rest = rest.dropFirst(count)
        }
    }
}

/// The key of a recovery code. The code has 100 random bits: nobody finds it by trying.
enum RecoveryKey {
    static func make(of code: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(code.utf8)), info: Array("holdfast backup 1".utf8),
            outputByteCount: 32)
    }
}
