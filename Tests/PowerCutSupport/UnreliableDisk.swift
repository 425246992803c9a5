import EdgeTestSupport
package import Foundation
import Synchronization

/// The disk under one directory, as SQLite's files use it: remembers what is not yet synced, and may
/// refuse to sync.
package final class UnreliableDisk: Sendable {
    private struct State {
        var files: [String: UnsyncedFile] = [:]
        var syncs = 0
        /// What each file would be if the power had failed just before this sync.
        var watched: Int?
        var images: [String: UnsyncedFile]?
        /// Of what is no file of SQLite.
        var mark: Data?
        var failsFromSync: Int?
        var isReadOnly = false
    }
    private let state = Mutex(State())
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// How many syncs were asked for.
    package var syncs: Int { state.withLock { $0.syncs } }

    /// Keeps what the disk is just before its sync of this number, counted from now on.
    package func watch(sync number: Int) {
        state.withLock {
            $0.watched = $0.syncs + number
            $0.images = nil
            $0.mark = nil
        }
    }

    package func unwatch() { state.withLock { $0.watched = nil } }

    /// Every sync from this one on, counted from now, is an error.
    package func failSyncs(from number: Int) { state.withLock { $0.failsFromSync = $0.syncs + number } }

    /// The kernel has turned the file system read-only, as ext4 does after an error.
    package func turnReadOnly() { state.withLock { $0.isReadOnly = true } }

    var isReadOnly: Bool { state.withLock { $0.isReadOnly } }

    package func heal() {
        state.withLock {
            $0.failsFromSync = nil
            $0.isReadOnly = false
        }
    }

    /// Copies what a power cut leaves into another directory: at the sync that was watched, or now.
    /// False when that sync was never reached.
    package func cut(into target: URL, seed: UInt64) throws -> Bool {
        var random = SeededGenerator(seed: seed)
        let (files, mark) = state.withLock { state in
            state.watched == nil
                ? (state.files, try? Data(contentsOf: Self.mark(in: directory))) : (state.images, state.mark)
        }
        guard let files else { return false }
        let source = URL(filePath: directory)
        try? FileManager.default.copyItem(
            at: source.appending(path: "master.key"), to: target.appending(path: "master.key"))
        try mark?.write(to: Self.mark(in: target.path))
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            let name = URL(filePath: path).lastPathComponent
            try Data(file.afterCut(&random)).write(to: target.appending(path: name))
        }
        return true
    }

    private static func mark(in directory: String) -> URL {
        URL(filePath: directory).appending(path: "high-water")
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
            if state.syncs == state.watched {
                state.images = state.files
                state.mark = try? Data(contentsOf: Self.mark(in: directory))
            }
            if let limit = state.failsFromSync, state.syncs >= limit { return false }
            state.files[path]?.sync()
            return true
        }
    }
}
