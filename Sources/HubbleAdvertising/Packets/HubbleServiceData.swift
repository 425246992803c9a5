/// Hubble service data: what follows the 16-bit UUID 0xFCA6 in an AD structure of type 0x16.
///
/// The protocol version is the top six bits of the first byte. Decoding looks at lengths only:
/// whether a packet is authentic is known once it is opened.
package enum HubbleServiceData: Hashable, Sendable {
    /// Version 0.
    case counterMode(CounterModePacket)
    /// Version 1.
    case unencrypted(UnencryptedPacket)
    /// Version 2.
    case eax(EAXPacket)
    /// A version that has no layout here; the bytes are the caller's to keep.
    case unknown(version: UInt8)

    /// The 16-bit service UUID, assigned to Hubble Network by the Bluetooth SIG.
    package static let serviceUUID: UInt16 = 0xFCA6

    package init(_ bytes: [UInt8]) throws(HubbleServiceDataError) {
        guard let first = bytes.first else { throw .empty }
        switch first >> 2 {
        case CounterModePacket.version: self = .counterMode(try CounterModePacket(bytes))
        case UnencryptedPacket.version: self = .unencrypted(try UnencryptedPacket(bytes))
        case EAXPacket.version: self = .eax(try EAXPacket(bytes))
        case let version: self = .unknown(version: version)
        }
    }
}

/// Why bytes are not Hubble service data.
package enum HubbleServiceDataError: Error, Hashable, Sendable {
    case empty
    /// Shorter than the fixed fields of its version.
    case tooShort(version: UInt8, count: Int)
    /// Longer than its version allows.
    case tooLong(version: UInt8, count: Int)

    /// Throws unless `count` is a length that `version` can have.
    static func check(
        _ count: Int, in allowed: ClosedRange<Int>, version: UInt8
    ) throws(HubbleServiceDataError) {
        if count < allowed.lowerBound { throw .tooShort(version: version, count: count) }
        if count > allowed.upperBound { throw .tooLong(version: version, count: count) }
    }
}
