/// A 48-bit device address. On the wire it travels least significant byte first (Core specification
/// Vol 4 Part E 5.2); it is written the other way round.
package struct BluetoothAddress: Hashable, Sendable, CustomStringConvertible {
    /// The number whose most significant of six bytes is written first. The upper 16 bits are zero.
    package let rawValue: UInt64

    /// Keeps the low 48 bits.
    package init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

    /// Six bytes of `bytes` from `index` on, which must be there.
    init(littleEndian bytes: ArraySlice<UInt8>, at index: Int) {
        rawValue = (0..<6).reversed().reduce(0) { $0 << 8 | UInt64(bytes[index + $1]) }
    }

    /// Six pairs of upper-case hexadecimal digits, as `C0:00:00:00:00:01`.
    package var description: String {
        (0..<6).reversed().map { index in
            let digits = String(UInt8(truncatingIfNeeded: rawValue >> (8 * UInt64(index))), radix: 16)
            return (digits.count == 1 ? "0" + digits : digits).uppercased()
        }.joined(separator: ":")
    }
}

/// What kind of address a report carries (`Address_Type`, Vol 4 Part E 7.7.65.2 and 7.7.65.13).
package struct BluetoothAddressType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let publicDevice = BluetoothAddressType(rawValue: 0x00)
    package static let randomDevice = BluetoothAddressType(rawValue: 0x01)
    package static let publicIdentity = BluetoothAddressType(rawValue: 0x02)
    package static let randomIdentity = BluetoothAddressType(rawValue: 0x03)
    /// An extended advertisement without an address.
    package static let anonymous = BluetoothAddressType(rawValue: 0xFF)
}
