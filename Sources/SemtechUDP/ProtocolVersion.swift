/// The version of the packet-forwarder protocol (GWMP), the first byte of every datagram.
///
/// A gateway is answered with its own version: a version 2 forwarder silently ignores a
/// version 1 PULL_RESP.
package enum ProtocolVersion: UInt8, Sendable {
    case v1 = 1
    case v2 = 2
}
