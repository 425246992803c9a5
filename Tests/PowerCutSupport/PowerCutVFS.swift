import Foundation
import GRDBSQLite
import Synchronization

/// SQLite's view of unreliable disks: a VFS in front of the standard one, which stays in use for every
/// file that is not on such a disk.
package enum PowerCutVFS {
    private static let disks = Mutex<[UnreliableDisk]>([])
    private static let isRegistered = Mutex(false)

    /// Files under this directory are on an unreliable disk for as long as `body` takes.
    package static func with<Result>(
        directory: String, isolation: isolated (any Actor)? = #isolation,
        _ body: (UnreliableDisk) async throws -> Result
    ) async throws -> Result {
        let disk = attach(directory: directory)
        defer { detach(disk) }
        return try await body(disk)
    }

    /// Files under this directory are on an unreliable disk from now on.
    package static func attach(directory: String) -> UnreliableDisk {
        register()
        let disk = UnreliableDisk(directory: directory)
        disks.withLock { $0.append(disk) }
        return disk
    }

    package static func detach(_ disk: UnreliableDisk) {
        disks.withLock { all in all.removeAll { $0 === disk } }
    }

    static func disk(of path: String) -> UnreliableDisk? {
        disks.withLock { all in all.first { path.hasPrefix($0.directory + "/") } }
    }

    /// The standard VFS, and the memory that its files take.
    nonisolated(unsafe) static let standard: UnsafeMutablePointer<sqlite3_vfs> = sqlite3_vfs_find(nil)

    /// Once for the process: it is the default from then on.
    private static func register() {
        isRegistered.withLock { isRegistered in
            guard !isRegistered else { return }
            isRegistered = true
            let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
            vfs.initialize(to: standard.pointee)
            vfs.pointee.pNext = nil
            vfs.pointee.zName = UnsafePointer(strdup("power-cut"))
            vfs.pointee.szOsFile = max(
                vfs.pointee.szOsFile, Int32(MemoryLayout<UnreliableFile>.size))
            vfs.pointee.xOpen = { _, name, file, flags, outFlags in
                PowerCutVFS.open(name, file, flags, outFlags)
            }
            vfs.pointee.xDelete = { vfs, name, syncsDirectory in
                if let path = name.map({ String(cString: $0) }) {
                    PowerCutVFS.disk(of: path)?.deleted(path)
                }
                return PowerCutVFS.standard.pointee.xDelete(PowerCutVFS.standard, name, syncsDirectory)
            }
            sqlite3_vfs_register(vfs, 1)
        }
    }

    private static func open(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
        _ outFlags: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        guard let file else { return SQLITE_MISUSE }
        let path = name.map { String(cString: $0) } ?? ""
        guard let disk = disk(of: path) else {
            return standard.pointee.xOpen(standard, name, file, flags, outFlags)
        }
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Int(standard.pointee.szOsFile), alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(standard.pointee.szOsFile))
        let real = memory.assumingMemoryBound(to: sqlite3_file.self)
        let code = standard.pointee.xOpen(standard, name, real, flags, outFlags)
        guard code == SQLITE_OK else {
            memory.deallocate()
            file.pointee.pMethods = nil
            return code
        }
        disk.opened(path)
        let mine = UnsafeMutableRawPointer(file).assumingMemoryBound(to: UnreliableFile.self)
        mine.initialize(
            to: UnreliableFile(
                methods: UnsafePointer(unreliableMethods), real: real,
                context: Unmanaged.passRetained(FileContext(disk: disk, path: path))))
        return SQLITE_OK
    }
}

/// What stands in SQLite's memory of an open file; the methods come first, as in `sqlite3_file`.
struct UnreliableFile {
    var methods: UnsafePointer<sqlite3_io_methods>?
    var real: UnsafeMutablePointer<sqlite3_file>
    var context: Unmanaged<FileContext>
}

final class FileContext: Sendable {
    let disk: UnreliableDisk
    let path: String

    init(disk: UnreliableDisk, path: String) {
        self.disk = disk
        self.path = path
    }
}

private typealias File = UnsafeMutablePointer<sqlite3_file>

private func mine(_ file: File?) -> UnsafeMutablePointer<UnreliableFile> {
    UnsafeMutableRawPointer(file!).assumingMemoryBound(to: UnreliableFile.self)
}

private func real(_ file: File?) -> File { mine(file).pointee.real }

private func methods(_ file: File?) -> sqlite3_io_methods { real(file).pointee.pMethods.pointee }

private func context(_ file: File?) -> FileContext { mine(file).pointee.context.takeUnretainedValue() }

/// Everything goes to the real file; writes and syncs are told to the disk as well.
nonisolated(unsafe) private let unreliableMethods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let all = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    all.initialize(to: sqlite3_io_methods())
    // Version 2: shared memory, and no mapping of the database.
    all.pointee.iVersion = 2
    all.pointee.xClose = { file in
        let code = methods(file).xClose(real(file))
        UnsafeMutableRawPointer(real(file)).deallocate()
        mine(file).pointee.context.release()
        return code
    }
    all.pointee.xRead = { methods($0).xRead(real($0), $1, $2, $3) }
    all.pointee.xWrite = { file, bytes, count, offset in
        // EROFS from write(2) is an I/O error to SQLite.
        if context(file).disk.isReadOnly { return SQLITE_IOERR | 3 << 8 }
        let code = methods(file).xWrite(real(file), bytes, count, offset)
        if code == SQLITE_OK, let bytes {
            let copy = Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            context(file).disk.wrote(copy, at: Int(offset), to: context(file).path)
        }
        return code
    }
    all.pointee.xTruncate = { file, size in
        context(file).disk.truncated(context(file).path, to: Int(size))
        return methods(file).xTruncate(real(file), size)
    }
    all.pointee.xSync = { file, flags in
        guard context(file).disk.syncing(context(file).path) else { return SQLITE_IOERR | 4 << 8 }
        return methods(file).xSync(real(file), flags)
    }
    all.pointee.xFileSize = { methods($0).xFileSize(real($0), $1) }
    all.pointee.xLock = { methods($0).xLock(real($0), $1) }
    all.pointee.xUnlock = { methods($0).xUnlock(real($0), $1) }
    all.pointee.xCheckReservedLock = { methods($0).xCheckReservedLock(real($0), $1) }
    all.pointee.xFileControl = { methods($0).xFileControl(real($0), $1, $2) }
    all.pointee.xSectorSize = { methods($0).xSectorSize(real($0)) }
    all.pointee.xDeviceCharacteristics = { methods($0).xDeviceCharacteristics(real($0)) }
    all.pointee.xShmMap = { methods($0).xShmMap(real($0), $1, $2, $3, $4) }
    all.pointee.xShmLock = { methods($0).xShmLock(real($0), $1, $2, $3) }
    all.pointee.xShmBarrier = { methods($0).xShmBarrier(real($0)) }
    all.pointee.xShmUnmap = { methods($0).xShmUnmap(real($0), $1) }
    return all
}()
