/// The 64-bit identifier that a forwarder puts into each datagram it sends, most significant
/// byte first.
package struct GatewayEUI: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Takes bytes 4 to 11 of a datagram; nil when there are fewer.
    init?(datagram bytes: [UInt8]) {
        guard bytes.count >= DatagramHeader.lengthWithGateway else { return nil }
        rawValue = bytes[DatagramHeader.length..<DatagramHeader.lengthWithGateway]
            .reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Eight bytes, most significant first.
    var bytes: [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: rawValue >> UInt64($0)) }
    }
}
