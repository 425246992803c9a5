package import EdgeModel
import Dispatch
import Glibc
import Synchronization

/// What was heard and waits for its commit: after `append` it survives the process, after `sync` the power.
///
/// A file of a fixed size that is written again from its beginning after each commit, so that a sync costs
/// the pages that were touched, and none for the file system. A head names the generation and the boot; each record
/// has its length and a CRC-32C over the generation and its bytes, so that reading ends at the first record
/// that is not whole or of another generation. What was committed already and is read again is found by the
/// identity of its packet.
package final class HeardJournal: Sendable {
    /// A sighting, and what its time was worth.
    package struct Entry: Hashable, Sendable {
        package var sighting: Sighting
        package var clockQuality: ClockQuality

        package init(sighting: Sighting, clockQuality: ClockQuality) {
            self.sighting = sighting
            self.clockQuality = clockQuality
        }
    }

    /// What was left by a run of the program that could not commit it.
    package struct Remains: Sendable {
        package var entries: [Entry] = []
        /// The run that heard them; nil where nothing was left.
        package var boot: Int64?
    }

    /// Bytes of the file: more than a full batch of the longest frames needs.
    static let size = 256 * 1024
    private static let head = Array("holdfast-heard-1".utf8)
    private static let headSize = 64
    private static let pageSize = 4_096
    private static let recordHeadSize = 8

    private struct State {
        var generation: UInt64
        var end = HeardJournal.headSize
        var isSynced = true
        /// There is something in it.
        var isUsed: Bool
    }
    private let descriptor: Int32
    private let boot: Int64
    private let state: Mutex<State>
    private let syncing = DispatchQueue(label: "holdfast.journal")
    /// What the last run left; taken once.
    private let remains: Mutex<Remains>

    /// Opens or creates the file; `boot` is the run that writes it from now on.
    init(path: String, boot: Int64) throws(SystemError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        self.boot = boot
        let (bytes, isWhole) = Self.read(descriptor)
        let found = Self.contents(bytes)
        remains = Mutex(found.remains)
        state = Mutex(State(generation: found.generation, isUsed: !found.remains.entries.isEmpty))
        guard !isWhole else { return }
        // Blocks that were written once are overwritten without a change of the file system.
        let page = [UInt8](repeating: 0, count: Self.pageSize)
        for offset in stride(from: 0, to: Self.size, by: Self.pageSize) {
            guard pwrite(descriptor, page, page.count, off_t(offset)) == page.count else {
                throw SystemError("write \(path)")
            }
        }
        guard fsync(descriptor) == 0 else { throw SystemError("sync \(path)") }
    }

    /// A page at a time, and so are they written: what the kernel caches as one piece, it also writes as
    /// one, and a sync of a few bytes would write all of the file.
    private static func read(_ descriptor: Int32) -> (bytes: [UInt8], isWhole: Bool) {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        var bytes: [UInt8] = []
        var page = [UInt8](repeating: 0, count: pageSize)
        while bytes.count < size {
            let isRead = pread(descriptor, &page, pageSize, off_t(bytes.count)) == pageSize
            guard isRead else { break }
            bytes += page
        }
        let isWhole = bytes.count == size
        return (bytes + [UInt8](repeating: 0, count: size - bytes.count), isWhole)
    }

    deinit { close(descriptor) }

    /// What the last run left, once. It stays in the file until `clear`.
    package func takeRemains() -> Remains {
        remains.withLock { remains in
            defer { remains = Remains() }
            return remains
        }
    }

    /// Writes these behind the others. False, with nothing written, when there is no room for all of them.
    /// Throws `unavailable` when the file cannot be written.
    package func append(_ entries: [Entry]) throws -> Bool {
        try state.withLock { state in
            var bytes: [UInt8] = []
            for entry in entries {
                guard let record = JournalRecord(entry.sighting, entry.clockQuality) else { return false }
                bytes += Self.framed(record.bytes, generation: state.generation)
            }
            guard state.end + bytes.count <= Self.size else { return false }
            if state.end == Self.headSize { try write(Self.headBytes(state.generation, boot), at: 0) }
            try write(bytes, at: state.end)
            state.end += bytes.count
            state.isSynced = false
            state.isUsed = true
            return true
        }
    }

    /// Returns when what was appended is on the disk. Throws `unavailable` when the disk refuses.
    package func sync() async throws {
        guard state.withLock({ !$0.isSynced }) else { return }
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<Int32, Never>) in
            syncing.async { [descriptor] in waiter.resume(returning: fdatasync(descriptor)) }
        }
        guard result == 0 else { throw EdgeError(.unavailable, "The journal cannot be synchronised") }
        state.withLock { $0.isSynced = true }
    }

    /// Everything in it is committed. Costs nothing where nothing was appended.
    package func clear() throws {
        try state.withLock { state in
            guard state.isUsed else { return }
            try write(Self.headBytes(state.generation + 1, boot), at: 0)
            state = State(generation: state.generation + 1, isUsed: false)
        }
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws {
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw EdgeError(.unavailable, "The journal cannot be written")
        }
    }

    // MARK: Form

    private static func headBytes(_ generation: UInt64, _ boot: Int64) -> [UInt8] {
        var bytes = head
        withUnsafeBytes(of: generation.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: boot.littleEndian) { bytes += $0 }
        bytes += checksum(bytes, generation)
        return bytes + [UInt8](repeating: 0, count: headSize - bytes.count)
    }

    private static func framed(_ record: [UInt8], generation: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.count + recordHeadSize)
        withUnsafeBytes(of: UInt32(record.count).littleEndian) { bytes += $0 }
        return bytes + checksum(record, generation) + record
    }

    private static func checksum(_ bytes: [UInt8], _ generation: UInt64) -> [UInt8] {
        var sum = RowChecksum()
        sum.add(Int64(bitPattern: generation))
        sum.add(bytes)
        return withUnsafeBytes(of: UInt32(truncatingIfNeeded: sum.value).littleEndian) { Array($0) }
    }

    private static func contents(_ bytes: [UInt8]) -> (generation: UInt64, remains: Remains) {
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let generation = number(head.count, 8)
        let named = head.count + 16
        guard Array(bytes[0..<head.count]) == head,
            checksum(Array(bytes[0..<named]), generation) == Array(bytes[named..<named + 4])
        else { return (1, Remains()) }
        var remains = Remains(boot: Int64(bitPattern: number(head.count + 8, 8)))
        var offset = headSize
        while offset + recordHeadSize <= bytes.count {
            let start = offset + recordHeadSize
            let count = Int(number(offset, 4))
            guard count > 0, count <= bytes.count - start else { break }
            let record = bytes[start..<start + count]
            guard checksum(Array(record), generation) == Array(bytes[offset + 4..<start]),
                let entry = JournalRecordReader.read(record)
            else { break }
            remains.entries.append(entry)
            offset = start + count
        }
        return (generation, remains)
    }
}
