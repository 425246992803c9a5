/// HCI_Command_Complete (Vol 4 Part E 7.7.14): a command has finished.
package struct HCICommandComplete: Hashable, Sendable {
    package var commandCredits: UInt8  // Num_HCI_Command_Packets
    package var opcode: HCIOpcode  // Command_Opcode; zero when only credits are announced
    package var returnParameters: ArraySlice<UInt8>  // Return_Parameters, the status first

    package init(
        commandCredits: UInt8 = 1, opcode: HCIOpcode, returnParameters: ArraySlice<UInt8>
    ) {
        self.commandCredits = commandCredits
        self.opcode = opcode
        self.returnParameters = returnParameters
    }

    init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        commandCredits = try reader.readUInt8()
        opcode = HCIOpcode(rawValue: try reader.readUInt16())
        returnParameters = reader.remaining
    }

    /// The first return parameter, which is the status of every command sent by this gateway.
    package var status: HCIStatus? { returnParameters.first.map(HCIStatus.init) }

    package var packet: HCIEventPacket {
        var parameters: [UInt8] = [commandCredits]
        parameters.appendLittleEndian(opcode.rawValue)
        return HCIEventPacket(
            code: HCIEventCode.commandComplete, parameters: (parameters + returnParameters)[...])
    }
}
