package import EdgeModel
import Dispatch
import GRDB
import Glibc
import Synchronization

/// What was heard and waits for its commit: after `append` it survives the process, after `sync` the power.
///
/// A file of a fixed size that is written again from its beginning after each commit, so that a sync costs
/// the pages that were touched, and none for the file system. What is in it belongs to a generation; the
/// commit that has all of it in the database writes that number down there, in the same transaction, and
/// the next generation begins. So nothing is taken up again that was committed.
package final class HeardJournal: Sendable {
    /// A sighting, what its time was worth, and the boot that its monotonic time is of; nil for this one.
    package struct Entry: Hashable, Sendable {
        package var sighting: Sighting
        package var clockQuality: ClockQuality
        package var boot: Int64?

        package init(sighting: Sighting, clockQuality: ClockQuality, boot: Int64? = nil) {
            self.sighting = sighting
            self.clockQuality = clockQuality
            self.boot = boot
        }
    }

    /// What was left by a run of the program that could not commit it.
    package struct Remains: Sendable {
        package var entries: [Entry] = []
        /// How many places of the file were not what had been written.
        package var damages = 0
    }

    /// Bytes of the file: more than a full batch of the longest frames needs.
    static let size = 256 * 1024
    private static let pageSize = 4_096

    private struct State {
        var generation: Int64
        var end: Int
        var isSynced = true
        /// There is something in it.
        var isUsed: Bool
        /// Bytes of the file that are there, from its beginning.
        var length: Int
    }
    private let descriptor: Int32
    private let boot: Int64
    private let state: Mutex<State>
    private let syncing = DispatchQueue(label: "holdfast.journal")
    /// What the last run left; taken once.
    private let remains: Mutex<Remains>

    /// Opens or creates the file. `boot` is the one of this run; `committed` is the generation that the
    /// database has.
    init(path: String, boot: Int64, committed: Int64) throws(SystemError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        self.boot = boot
        let bytes = Self.read(descriptor)
        let found = JournalForm.contents(bytes, committed: committed)
        remains = Mutex(found.remains)
        let isUsed = !found.remains.entries.isEmpty
        // What is there stays, and what is appended goes behind it, until a commit has all of it.
        state = Mutex(
            State(
                generation: isUsed ? found.generation : max(found.generation, committed) + 1,
                end: isUsed ? found.end : JournalForm.headSize, isUsed: isUsed, length: bytes.count))
    }

    /// What the file beside a database is called.
    static func path(in directory: String) -> String { directory + "/heard" }

    /// What the file at `path` holds, written by a gateway that runs or not; nothing where there is none.
    static func bytes(at path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return read(file)
    }

    /// What the next start of a gateway on `directory` would take up.
    package static func remains(in directory: String) throws -> Remains {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // The file first: what is committed between is in the database then.
        let bytes = bytes(at: path(in: directory))
        let committed = try DatabaseQueue(path: directory + "/holdfast.db", configuration: configuration)
            .read { try Identity.journalGeneration($0) }
        return JournalForm.contents(bytes, committed: committed).remains
    }

    /// A page at a time, and so are they written: what the kernel caches as one piece, it also writes as
    /// one, and a sync of a few bytes would write all of the file.
    private static func read(_ file: Int32) -> [UInt8] {
        posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM)
        var bytes: [UInt8] = []
        var page = [UInt8](repeating: 0, count: pageSize)
        while bytes.count < size {
            let count = pread(file, &page, pageSize, off_t(bytes.count))
            guard count > 0 else { break }
            bytes += page.prefix(count)
        }
        return Array(bytes.prefix(size))
    }

    deinit { close(descriptor) }

    /// What the last run left, once. It stays in the file until its generation is committed.
    package func takeRemains() -> Remains {
        remains.withLock { remains in
            defer { remains = Remains() }
            return remains
        }
    }

    /// The generation that is in the file now; nil where nothing was appended.
    package var used: Int64? { state.withLock { $0.isUsed ? $0.generation : nil } }

    /// Writes these behind the others. False, with nothing written, when there is no room for all of them.
    /// Throws `unavailable` when the file cannot be written.
    package func append(_ entries: [Entry]) throws -> Bool {
        try state.withLock { state in
            var bytes: [UInt8] = []
            for entry in entries {
                guard let record = JournalRecord(entry, boot: boot) else { return false }
                bytes += JournalForm.framed(record.bytes, generation: state.generation)
            }
            guard state.end + bytes.count <= Self.size else { return false }
            try extend(&state)
            if state.end == JournalForm.headSize {
                try write(JournalForm.head(state.generation), at: 0)
            }
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

    /// The database has this generation, which is over.
    package func committed(_ generation: Int64) {
        state.withLock { state in
            guard state.generation == generation else { return }
            state.generation += 1
            state.end = JournalForm.headSize
            state.isSynced = true
            state.isUsed = false
        }
    }

    /// Blocks that were written once are overwritten without a change of the file system, also on a disk
    /// that is full by then.
    private func extend(_ state: inout State) throws {
        guard state.length < Self.size else { return }
        let zeros = [UInt8](repeating: 0, count: Self.pageSize)
        while state.length < Self.size {
            let count = Self.pageSize - state.length % Self.pageSize
            try write(Array(zeros.prefix(count)), at: state.length)
            state.length += count
        }
        guard fsync(descriptor) == 0 else { throw EdgeError(.unavailable, "The journal cannot be made") }
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws {
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw EdgeError(.unavailable, "The journal cannot be written")
        }
    }
}
