import EdgeCore
import EdgeModel
import FoundationEssentials
import Glibc

/// The directory that this process has for itself while it runs.
final class DataDirectory: Sendable {
    let path: String
    private let lock: Int32

    /// Throws when no gateway was ever started in `path`: a command that only looks makes nothing there.
    static func mustHaveDatabase(_ path: String) throws {
        guard access(path + "/holdfast.db", F_OK) == 0 else {
            throw ConfigurationError("there is no database in \(path); start the gateway once")
        }
    }

    /// Creates the directory when it is not there (mode 0700), and takes its lock. Throws when
    /// another process has it.
    init(_ path: String) throws {
        self.path = path
        // Files that others make for us, SQLite's among them, are nobody else's to read.
        umask(0o077)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConfigurationError("the data directory \(path) cannot be made")
        }
        lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw ConfigurationError(
                "the data directory \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw ConfigurationError("the data directory \(path) is in use by another holdfast process")
        }
    }

    deinit { close(lock) }

    private struct Runtime: Encodable {
        var http: String
        var lora: String?
        var clientTunnel: Bool?
        var pid: Int32
    }

    /// Says where this process listens.
    func writeRuntime(http: String, lora: String?, clientTunnel: Bool) throws {
        try write(
            Runtime(http: http, lora: lora, clientTunnel: clientTunnel ? true : nil, pid: getpid()),
            to: "runtime.json", mode: 0o644)
    }

    func removeRuntime() { unlink(path + "/runtime.json") }

    private struct FirstKey: Encodable {
        var organizationId: String
        var token: String
        var url: String
    }

    /// Keeps the administrator's key where only its owner can read it.
    func writeFirstKey(_ key: EdgeCore.FirstKey, url: String) throws {
        try write(
            FirstKey(organizationId: key.organization.rawValue, token: key.token, url: url),
            to: "first-key.json", mode: 0o600)
    }

    /// Writes beside and renames, so that nobody reads half a file.
    private func write(_ value: some Encodable, to name: String, mode: mode_t) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let bytes = Array(try encoder.encode(value)) + [0x0A]
        let temporary = "\(path)/.\(name).\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw ConfigurationError("\(temporary) cannot be written") }
        defer { close(file) }
        guard fchmod(file, mode) == 0, Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0,
            rename(temporary, "\(path)/\(name)") == 0
        else { throw ConfigurationError("\(path)/\(name) cannot be written") }
    }
}
