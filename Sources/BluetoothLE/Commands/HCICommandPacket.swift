/// A command as it travels (Vol 4 Part E 5.4.1): opcode (2 bytes, little endian), length, parameters.
package struct HCICommandPacket: Hashable, Sendable {
    package var opcode: HCIOpcode  // Opcode
    package var parameters: ArraySlice<UInt8>  // Parameter_Total_Length, Parameters

    /// At most 255 bytes of `parameters` are kept: the length is one byte.
    package init(opcode: HCIOpcode, parameters: ArraySlice<UInt8>) {
        self.opcode = opcode
        self.parameters = parameters.prefix(255)
    }

    /// Reads a command without its H4 indicator. Throws when the length byte does not fit the bytes.
    package init(decoding bytes: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(bytes)
        opcode = HCIOpcode(rawValue: try reader.readUInt16())
        let length = Int(try reader.readUInt8())
        guard reader.remaining.count == length else { throw .lengthMismatch }
        parameters = reader.remaining
    }

    /// The command with its H4 indicator 0x01 in front.
    package var h4Packet: [UInt8] {
        var packet: [UInt8] = [H4Indicator.command.rawValue]
        packet.reserveCapacity(4 + parameters.count)
        packet.appendLittleEndian(opcode.rawValue)
        packet.append(UInt8(truncatingIfNeeded: parameters.count))
        packet.append(contentsOf: parameters)
        return packet
    }
}
