/// The first byte of a packet on an H4 transport (Vol 4 Part A 2).
package enum H4Indicator: UInt8, Hashable, Sendable, CaseIterable {
    case command = 0x01
    case acl = 0x02
    case synchronous = 0x03
    case event = 0x04
    case isochronous = 0x05

    /// Bytes between the indicator and the payload.
    var headerByteCount: Int {
        switch self {
        case .command, .synchronous: 3
        case .acl, .isochronous: 4
        case .event: 2
        }
    }

    /// The length of the payload that `header` (as many bytes as `headerByteCount`) announces.
    func payloadByteCount(header: ArraySlice<UInt8>) -> Int {
        let last = Int(header[header.endIndex - 1])
        let beforeLast = Int(header[header.endIndex - 2])
        return switch self {
        case .command, .synchronous, .event: last
        case .acl: beforeLast | last << 8
        case .isochronous: beforeLast | (last & 0x3F) << 8  // the length has 14 bits
        }
    }
}
