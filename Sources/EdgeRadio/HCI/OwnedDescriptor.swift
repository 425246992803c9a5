import Glibc

/// A file descriptor with one owner, closed with it.
struct OwnedDescriptor: ~Copyable, Sendable {
    let number: CInt

    /// Takes over what the system call `call` returned; a negative number is its failure.
    init(_ number: CInt, from call: String) throws(SystemCallFailure) {
        guard number >= 0 else { throw SystemCallFailure(call) }
        self.number = number
    }

    deinit { close(number) }

    /// Sets an integer option of a socket.
    func setOption(_ level: CInt, _ name: CInt, to value: CInt = 1) throws(SystemCallFailure) {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(number, level, name, &value, size) == 0 else {
            throw SystemCallFailure("setsockopt")
        }
    }
}
