import EdgeModel
import Glibc

/// How far the database had come, kept in a file beside it.
///
/// A WAL that was cut short leaves a database that opens, passes its own integrity check and has
/// lost rows that were acknowledged. The mark notices: it is written after each commit, so it is
/// never ahead of what was durable. It reaches the disk at most once a second, which makes it less
/// sharp after a power cut, never wrong.
final class HighWaterMark {
    struct Value: Equatable {
        var epoch: UniqueID
        var sequence: Int64
    }

    private let descriptor: Int32
    private var syncedAt = MonotonicInstant(nanoseconds: 0)

    /// Opens or creates the file.
    init(path: String) throws(SystemError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
    }

    deinit { close(descriptor) }

    /// The last value written; nil when there is none, or when the file is not whole.
    func read() -> Value? {
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let fields = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: " ")
        guard fields.count >= 4, fields[0] == "holdfast-mark-1", let epoch = UniqueID(fields[1]),
            let sequence = Int64(fields[2]), Int64(fields[3], radix: 16) == checksum(epoch, sequence)
        else { return nil }
        return Value(epoch: epoch, sequence: sequence)
    }

    func write(_ value: Value, at now: MonotonicInstant) throws(SystemError) {
        let sum = String(checksum(value.epoch, value.sequence), radix: 16)
        let text = "holdfast-mark-1 \(value.epoch) \(value.sequence) \(sum) "
        let line = Array((text + String(repeating: " ", count: max(0, 95 - text.utf8.count)) + "\n").utf8)
        guard pwrite(descriptor, line, line.count, 0) == line.count else {
            throw SystemError("write the high-water mark")
        }
        if now.since(syncedAt) >= .seconds(1) {
            guard fdatasync(descriptor) == 0 else { throw SystemError("sync the high-water mark") }
            syncedAt = now
        }
    }

    private func checksum(_ epoch: UniqueID, _ sequence: Int64) -> Int64 {
        var sum = RowChecksum()
        sum.add(epoch.bytes)
        sum.add(sequence)
        return sum.value
    }
}
