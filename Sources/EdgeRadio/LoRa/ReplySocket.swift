// For msghdr and iovec, which the compiler takes to be CBluetooth's.
import CBluetooth
import Glibc
import NIOCore

/// Sends a datagram from a chosen local address of a socket that is bound to all of them.
///
/// A forwarder's sockets are connected, so an acknowledgement from another of this host's
/// addresses never reaches it. NIO 2.101 reports the address that a datagram was sent to, but
/// cannot send from one; hence `sendmsg` with IP_PKTINFO or IPV6_PKTINFO (ip(7), ipv6(7)).
enum ReplySocket {
    /// Sends at once, without blocking. A nil `source`, or one that cannot send (a broadcast
    /// address), leaves the choice to the system. False when the datagram was not sent.
    static func send(
        _ payload: [UInt8], to remote: SocketAddress, from source: SocketAddress?,
        on descriptor: CInt
    ) -> Bool {
        if let source, send(payload, to: remote, control: packetInfo(source), on: descriptor) {
            return true
        }
        return send(payload, to: remote, control: [], on: descriptor)
    }

    private static func send(
        _ payload: [UInt8], to remote: SocketAddress, control: [UInt8], on descriptor: CInt
    ) -> Bool {
        // sendmsg takes pointers to mutable memory, and writes to none of it.
        var payload = payload
        var control = control
        return payload.withUnsafeMutableBytes { payload in
            control.withUnsafeMutableBytes { control in
                remote.withSockAddr { address, size in
                    var vector = iovec(iov_base: payload.baseAddress, iov_len: payload.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_name = UnsafeMutableRawPointer(mutating: address)
                        message.msg_namelen = socklen_t(size)
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        message.msg_control = control.isEmpty ? nil : control.baseAddress
                        message.msg_controllen = .init(control.count)
                        return sendmsg(descriptor, &message, 0) == payload.count
                    }
                }
            }
        }
    }

    /// One control message: cmsg_len (a word), cmsg_level, cmsg_type, then in_pktinfo (interface,
    /// source, unused) or in6_pktinfo (source, interface), filled up to a whole word.
    static func packetInfo(_ source: SocketAddress) -> [UInt8] {
        let noInterface: [UInt8] = [0, 0, 0, 0]
        let address = source.withIPBytes { Array($0) }
        let level: CInt
        let type: CInt
        let data: [UInt8]
        switch source {
        case .v4:
            (level, type) = (0, 8)  // IPPROTO_IP, IP_PKTINFO
            data = noInterface + address + [0, 0, 0, 0]
        case .v6:
            (level, type) = (41, 50)  // IPPROTO_IPV6, IPV6_PKTINFO
            data = address + noInterface
        case .unixDomainSocket: return []
        }
        let word = MemoryLayout<UInt>.size
        var message: [UInt8] = []
        withUnsafeBytes(of: UInt(word + 8 + data.count)) { message += $0 }
        withUnsafeBytes(of: level) { message += $0 }
        withUnsafeBytes(of: type) { message += $0 }
        message += data
        message += [UInt8](repeating: 0, count: (word - message.count % word) % word)
        return message
    }
}
