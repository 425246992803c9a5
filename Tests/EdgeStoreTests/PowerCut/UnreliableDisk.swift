import Foundation
import Synchronization

/// The disk under one directory, as SQLite's files use it: remembers what is not yet synced, and may
/// refuse to sync.
final class UnreliableDisk: Sendable {
    private struct State {
        var files: [String: UnsyncedFile] = [:]
        var syncs = 0
        /// What each file would be if the power had failed just before this sync.
        var watched: Int?
        var images: [String: UnsyncedFile]?
        var failsFromSync: Int?
        var isReadOnly = false
    }
    private let state = Mutex(State())
    let directory: String

    init(directory: String) { self.directory = directory }

    /// How many syncs were asked for.
    var syncs: Int { state.withLock { $0.syncs } }

    /// Keeps what the disk is just before its sync of this number, counted from now on.
    func watch(sync number: Int) {
        state.withLock {
            $0.watched = $0.syncs + number
            $0.images = nil
        }
    }

    /// Every sync from this one on, counted from now, is an error.
    func failSyncs(from number: Int) { state.withLock { $0.failsFromSync = $0.syncs + number } }

    /// The kernel has turned the file system read-only, as ext4 does after an error.
    func turnReadOnly() { state.withLock { $0.isReadOnly = true } }

    var isReadOnly: Bool { state.withLock { $0.isReadOnly } }

    func heal() {
        state.withLock {
            $0.failsFromSync = nil
            $0.isReadOnly = false
        }
    }

    /// Copies what a power cut leaves into another directory: at the sync that was watched, or now.
    /// False when that sync was never reached.
    func cut(into target: URL, seed: UInt64) throws -> Bool {
        var random = SplitMix(state: seed)
        let files = state.withLock { $0.watched == nil ? $0.files : $0.images }
        guard let files else { return false }
        let source = URL(filePath: directory)
        for name in ["master.key", "high-water"] {
            try? FileManager.default.copyItem(
                at: source.appending(path: name), to: target.appending(path: name))
        }
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            let name = URL(filePath: path).lastPathComponent
            try Data(file.afterCut(&random)).write(to: target.appending(path: name))
        }
        return true
    }

    // MARK: What the VFS tells

    func opened(_ path: String) {
        state.withLock { state in
            guard state.files[path] == nil else { return }
            let content = FileManager.default.contents(atPath: path) ?? Data()
            state.files[path] = UnsyncedFile(durable: Array(content))
        }
    }

    func wrote(_ bytes: [UInt8], at offset: Int, to path: String) {
        state.withLock { $0.files[path]?.write(bytes, at: offset) }
    }

    func truncated(_ path: String, to size: Int) { state.withLock { $0.files[path]?.truncate(to: size) } }

    func deleted(_ path: String) { state.withLock { $0.files[path] = nil } }

    /// False when the disk refuses.
    func syncing(_ path: String) -> Bool {
        state.withLock { state in
            state.syncs += 1
            if state.syncs == state.watched { state.images = state.files }
            if let limit = state.failsFromSync, state.syncs >= limit { return false }
            state.files[path]?.sync()
            return true
        }
    }
}

/// SplitMix64: the same numbers from the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
