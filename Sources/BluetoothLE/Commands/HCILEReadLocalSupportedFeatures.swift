/// HCI_LE_Read_Local_Supported_Features (Vol 4 Part E 7.8.3).
package struct HCILEReadLocalSupportedFeatures: HCICommand {
    package static let opcode = HCIOpcode.leReadLocalSupportedFeatures
    package init() {}
    package var parameters: [UInt8] { [] }
}

/// The answer's feature mask, little endian on the wire (bits in Vol 6 Part B 4.6).
package struct LEFeatures: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let extendedAdvertising = LEFeatures(rawValue: 1 << 12)

    /// Reads the return parameters after the status.
    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(bytes)
        rawValue = try reader.readUInt64()
    }

    /// The eight bytes of LE_Features.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(rawValue, byteCount: 8)
        return bytes
    }
}
