import NIOCore

extension SocketAddress {
    /// The 4 bytes of an IPv4 address or the 16 of an IPv6 address, in network order; empty for a
    /// Unix socket. Taken from `sockaddr_in` and `sockaddr_in6` by offset (ip(7), ipv6(7)).
    func withIPBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withSockAddr { address, size in
            let bytes = UnsafeRawBufferPointer(start: address, count: size)
            return switch self {
            case .v4: body(UnsafeRawBufferPointer(rebasing: bytes[4..<8]))
            case .v6: body(UnsafeRawBufferPointer(rebasing: bytes[8..<24]))
            case .unixDomainSocket: body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
    }
}
