/// HCI_Command_Status (Vol 4 Part E 7.7.15): a command was taken up, or refused.
package struct HCICommandStatus: Hashable, Sendable {
    package var status: HCIStatus  // Status
    package var commandCredits: UInt8  // Num_HCI_Command_Packets
    package var opcode: HCIOpcode  // Command_Opcode

    package init(status: HCIStatus, commandCredits: UInt8 = 1, opcode: HCIOpcode) {
        self.status = status
        self.commandCredits = commandCredits
        self.opcode = opcode
    }

    init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        status = HCIStatus(rawValue: try reader.readUInt8())
        commandCredits = try reader.readUInt8()
        opcode = HCIOpcode(rawValue: try reader.readUInt16())
    }

    package var packet: HCIEventPacket {
        var parameters = [status.rawValue, commandCredits]
        parameters.appendLittleEndian(opcode.rawValue)
        return HCIEventPacket(code: HCIEventCode.commandStatus, parameters: parameters[...])
    }
}
