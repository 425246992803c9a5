import Glibc

/// An address of the Internet protocol, version 4 or 6.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Dotted decimal of four parts, or any form of RFC 4291 without a zone; nil for anything else,
    /// octal and hexadecimal parts included.
    package init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(six)
    }

    private init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in
            .v6(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    package var description: String {
        switch self {
        case .v4(let bits):
            return stride(from: UInt32(24), through: 0, by: -8).map { String(bits >> $0 & 0xFF) }
                .joined(separator: ".")
        case .v6(let high, let low):
            var address = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) {
                $0.loadUnaligned(as: in6_addr.self)
            }
            var text = [CChar](repeating: 0, count: 64)
            guard inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return "" }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// The address of version 4 that one of version 6 carries and leads to: mapped and compatible
    /// (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). Others are themselves.
    package var effective: IPAddress {
        guard case .v6(let high, let low) = self else { return self }
        let lower = UInt32(truncatingIfNeeded: low)
        if high == 0, low >> 32 == 0xFFFF { return .v4(lower) }
        if high == 0, low >> 32 == 0, lower > 1 { return .v4(lower) }
        if high == 0x0064_FF9B_0000_0000, low >> 32 == 0 { return .v4(lower) }
        if high >> 48 == 0x2002 { return .v4(UInt32(truncatingIfNeeded: high >> 16)) }
        return self
    }

    /// The first `length` bits are those of `network`.
    private func isIn(_ network: UInt32, _ length: UInt32) -> Bool {
        guard case .v4(let bits) = self else { return false }
        return bits >> (32 - length) == network >> (32 - length)
    }

    /// The first `length` bits, 64 at most, are those of `network`.
    private func isIn(high network: UInt64, _ length: UInt64) -> Bool {
        guard case .v6(let high, _) = self else { return false }
        return high >> (64 - length) == network >> (64 - length)
    }

    /// On this machine or in a network of its owner: loopback, RFC 1918, unique local (RFC 4193),
    /// link-local of version 6.
    package var isLocal: Bool {
        let address = effective
        return address.isIn(0x7F00_0000, 8) || address.isIn(0x0A00_0000, 8) || address.isIn(0xAC10_0000, 12)
            || address.isIn(0xC0A8_0000, 16) || address == .v6(high: 0, low: 1)
            || address.isIn(high: 0xFC00_0000_0000_0000, 7) || address.isIn(high: 0xFE80_0000_0000_0000, 10)
    }

    /// Nothing that a customer runs answers there: unspecified, multicast, broadcast, reserved, or the
    /// metadata service of a cloud, which hands out credentials.
    package var isNeverADestination: Bool {
        let address = effective
        return address.isIn(0, 8) || address == .v6(high: 0, low: 0)
            || address.isIn(0xE000_0000, 4) || address.isIn(0xF000_0000, 4)
            || address.isIn(high: 0xFF00_0000_0000_0000, 8)
            || Self.metadataServices.contains(address)
    }

    private static let metadataServices: Set<IPAddress> = Set(
        [
            "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16",
            "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
        ].compactMap(IPAddress.init))
}
