/// A command to the controller (Vol 4 Part E 5.4.1): its opcode and its encoded parameters.
package protocol HCICommand: Sendable {
    static var opcode: HCIOpcode { get }
    /// The parameters in wire order, at most 255 bytes.
    var parameters: [UInt8] { get }
}

extension HCICommand {
    /// The command as an H4 packet: indicator 0x01, opcode, length, parameters.
    package var h4Packet: [UInt8] {
        HCICommandPacket(opcode: Self.opcode, parameters: parameters[...]).h4Packet
    }
}
