/// The status of a finished command: a controller error code (Vol 1 Part F).
package struct HCIStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let success = HCIStatus(rawValue: 0x00)
    package static let unknownCommand = HCIStatus(rawValue: 0x01)
    package static let commandDisallowed = HCIStatus(rawValue: 0x0C)

    /// `0x` and two hexadecimal digits.
    package var description: String {
        let digits = String(rawValue, radix: 16)
        return "0x" + (digits.count == 1 ? "0" : "") + digits
    }
}
