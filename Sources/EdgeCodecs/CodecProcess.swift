import CDuktape
import Glibc
import EdgeModel

/// A worker process and the socket to it. Its calls block: they belong on a thread that may wait.
struct CodecProcess: ~Copyable {
    private let pid: pid_t
    private let socket: CInt

    /// Nothing was heard for so long, though a codec may compute for much less: the worker is stuck, or
    /// the machine is.
    static let patience = Duration.seconds(2)
    /// How long a process may take to start.
    static let startPatience = Duration.seconds(20)

    /// Starts `executable` with `arguments`, without our environment or descriptors.
    init(executable: String, arguments: [String]) throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
        else {
            throw EdgeError(.unavailable, "the codec worker cannot be started: socketpair, \(errno)")
        }
        let theirs = ends[1]
        defer { close(theirs) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirs, 0)
        posix_spawn_file_actions_adddup2(&actions, theirs, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        codec_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the gateway ignores or blocks, the worker is not to.
        var defaults = sigset_t()
        sigfillset(&defaults)
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        var words = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        let code = posix_spawn(&child, executable, &actions, &attributes, &words, &environment)
        guard code == 0 else {
            close(ends[0])
            throw EdgeError(.unavailable, "the codec worker cannot be started: posix_spawn, \(code)")
        }
        pid = child
        socket = ends[0]
    }

    /// Ends it, whatever it does.
    deinit {
        kill(pid, SIGKILL)
        close(socket)
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Sends a whole message. False when the worker does not take it.
    borrowing func send(_ message: [UInt8], patience: Duration) -> Bool {
        let deadline = ContinuousClock.now + patience
        var done = 0
        while done < message.count {
            let sent = message.withUnsafeBytes { bytes in
                Glibc.send(
                    socket, bytes.baseAddress?.advanced(by: done), message.count - done,
                    CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            if sent > 0 {
                done += sent
            } else if sent < 0, errno == EAGAIN || errno == EINTR {
                guard wait(for: Int16(POLLOUT), until: deadline) else { return false }
            } else {
                return false
            }
        }
        return true
    }

    /// The next reply; nil when the worker has ended or says nothing.
    borrowing func receive(patience: Duration) -> CodecReply? {
        let deadline = ContinuousClock.now + patience
        guard let header = receive(4, until: deadline) else { return nil }
        var rest = header[...]
        guard let length = rest.popInteger(UInt32.self), (1...CodecReply.limit).contains(Int(length)),
            let body = receive(Int(length), until: deadline)
        else { return nil }
        return CodecReply(body: body)
    }

    private borrowing func receive(_ count: Int, until deadline: ContinuousClock.Instant) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                recv(
                    socket, buffer.baseAddress?.advanced(by: done), count - done,
                    CInt(MSG_DONTWAIT))
            }
            if got > 0 {
                done += got
            } else if got < 0, errno == EAGAIN || errno == EINTR {
                guard wait(for: Int16(POLLIN), until: deadline) else { return nil }
            } else {
                return nil
            }
        }
        return bytes
    }

    private borrowing func wait(for events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        let left = deadline - ContinuousClock.now
        guard left > .zero else { return false }
        var poll = pollfd(fd: socket, events: events, revents: 0)
        let ready = Glibc.poll(&poll, 1, CInt(clamping: Int(left / .milliseconds(1)) + 1))
        return ready > 0 || (ready < 0 && errno == EINTR)
    }
}
