import FoundationEssentials
import Glibc

/// A backlog on its way by hand: a first line that says what it is and whose, then one sealed batch in
/// Base64 a line.
final class CarriedFile {
    private static let magic = "holdfast-export-1"
    /// A batch of 500 rows takes much less.
    private static let lineLimit = 8 * 1_048_576

    private let path: String
    private var file: Int32 = -1

    init(path: String) { self.path = path }

    private var partial: String { path + ".partial" }

    /// Does nothing the second time.
    func begin(gateway: String) throws {
        guard file < 0 else { return }
        file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ConfigurationError("\(partial) cannot be written") }
        try write("\(Self.magic) \(gateway)")
    }

    func write(_ line: String) throws {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ConfigurationError("\(partial) cannot be written") }
            rest = rest.dropFirst(count)
        }
    }

    /// The file is whole now, and on the disk.
    func finish() throws {
        guard file >= 0, fsync(file) == 0, rename(partial, path) == 0 else {
            throw ConfigurationError("\(path) cannot be written")
        }
        close(file)
        file = -1
    }

    func discard() {
        guard file >= 0 else { return }
        close(file)
        unlink(partial)
        file = -1
    }

    /// The gateway, and its batches, read line by line.
    static func read(_ path: String) throws -> (gateway: String, envelopes: LineSequence) {
        guard let lines = LineSequence(path: path, limit: lineLimit) else {
            throw ConfigurationError("\(path) cannot be read")
        }
        let first = lines.next()?.split(separator: " ") ?? []
        guard first.count == 2, first[0] == magic, first[1].utf8.count <= 128 else {
            throw ConfigurationError("\(path) is not what holdfast export writes")
        }
        return (String(first[1]), lines)
    }
}

/// The lines of a file, of which only one is in memory.
final class LineSequence: Sequence, IteratorProtocol {
    private let file: UnsafeMutablePointer<FILE>
    private let limit: Int

    /// Nil when the file cannot be read.
    init?(path: String, limit: Int) {
        guard let file = fopen(path, "re") else { return nil }
        self.file = file
        self.limit = limit
    }

    deinit { fclose(file) }

    /// Nil at the end, and before a line that is too long.
    func next() -> String? {
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        let count = getline(&buffer, &capacity, file)
        guard count > 0, count <= limit, let buffer else { return nil }
        let bytes = UnsafeBufferPointer(start: buffer, count: count).map(UInt8.init(bitPattern:))
        return String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}
