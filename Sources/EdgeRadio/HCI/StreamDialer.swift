// Has the SOCK_ constants: <sys/socket.h> is in both modules and the importer credits this one.
import CBluetooth
import Glibc

/// Connects a stream socket as a client, giving up when told to stop or after five seconds.
enum StreamDialer {
    private static let timeout = Duration.seconds(5)

    /// A connected descriptor that does not block.
    static func connect(
        to endpoint: H4Endpoint, stop: StopSignal
    ) throws(SystemCallFailure) -> OwnedDescriptor {
        switch endpoint {
        case .unix(let path): try connect(toUnixPath: path, stop: stop)
        case .tcp(let host, let port): try connect(toHost: host, port: port, stop: stop)
        }
    }

    private static func connect(
        toUnixPath path: String, stop: StopSignal
    ) throws(SystemCallFailure) -> OwnedDescriptor {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw SystemCallFailure("connect", code: ENAMETOOLONG) }
        return try connect(&address, MemoryLayout<sockaddr_un>.size, family: AF_UNIX, stop: stop)
    }

    /// The addresses of a name are tried in the order of the resolver.
    private static func connect(
        toHost host: String, port: UInt16, stop: StopSignal
    ) throws(SystemCallFailure) -> OwnedDescriptor {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else {
            throw SystemCallFailure("getaddrinfo", code: ENOENT)
        }
        defer { freeaddrinfo(list) }
        var failure = SystemCallFailure("getaddrinfo", code: ENOENT)
        var next = list
        while let info = next {
            next = info.pointee.ai_next
            guard let address = info.pointee.ai_addr else { continue }
            do throws(SystemCallFailure) {
                return try connect(
                    address, Int(info.pointee.ai_addrlen), family: info.pointee.ai_family, stop: stop)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        _ address: UnsafeRawPointer, _ byteCount: Int, family: CInt, stop: StopSignal
    ) throws(SystemCallFailure) -> OwnedDescriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let owned = try OwnedDescriptor(socket(family, CInt(kind), 0), from: "socket")
        let pointer = address.assumingMemoryBound(to: sockaddr.self)
        guard Glibc.connect(owned.number, pointer, socklen_t(byteCount)) != 0 else { return owned }
        guard errno == EINPROGRESS else { throw SystemCallFailure("connect") }
        let entry = pollfd(fd: owned.number, events: Int16(POLLOUT), revents: 0)
        let happened = StopSignal.poll([entry, stop.pollEntry], timeout: timeout)
        guard happened[0].revents != 0 else { throw SystemCallFailure("connect", code: ETIMEDOUT) }
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(owned.number, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw SystemCallFailure("connect", code: code) }
        return owned
    }
}
