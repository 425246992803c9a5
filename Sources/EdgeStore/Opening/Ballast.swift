import Glibc

/// A file of real blocks that can be given up when the disk is full.
///
/// On a full file system SQLite in WAL mode can neither delete nor checkpoint. Giving the ballast
/// up makes room for both; it is taken up again when there is plenty.
struct Ballast {
    static let size = 16 * 1024 * 1024

    let path: String

    var isHeld: Bool {
        var status = stat()
        return stat(path, &status) == 0 && Int(status.st_blocks) * 512 >= Self.size
    }

    /// Allocates the file when at least twice its size is free. True when it is held afterwards.
    func take() -> Bool {
        if isHeld { return true }
        guard freeBytes() >= 2 * Self.size else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, Self.size) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// True when there was something to give up.
    func giveUp() -> Bool { unlink(path) == 0 }

    /// What an unprivileged writer may still write on this file system; 0 when it cannot be told.
    func freeBytes() -> Int {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        var status = statvfs()
        guard statvfs(directory.isEmpty ? "." : directory, &status) == 0 else { return 0 }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }
}
