/// The number of an HCI command: group (6 bits) and command (10 bits), Vol 4 Part E 5.4.1.
package struct HCIOpcode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let setEventMask = HCIOpcode(rawValue: 0x0C01)
    package static let reset = HCIOpcode(rawValue: 0x0C03)
    package static let leSetEventMask = HCIOpcode(rawValue: 0x2001)
    package static let leReadLocalSupportedFeatures = HCIOpcode(rawValue: 0x2003)
    package static let leSetScanParameters = HCIOpcode(rawValue: 0x200B)
    package static let leSetScanEnable = HCIOpcode(rawValue: 0x200C)
    package static let leSetExtendedScanParameters = HCIOpcode(rawValue: 0x2041)
    package static let leSetExtendedScanEnable = HCIOpcode(rawValue: 0x2042)

    /// `0x` and four hexadecimal digits.
    package var description: String {
        let digits = String(rawValue, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
