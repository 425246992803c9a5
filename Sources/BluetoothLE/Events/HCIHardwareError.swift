/// HCI_Hardware_Error (Vol 4 Part E 7.7.16): the controller has failed and needs a reset.
package struct HCIHardwareError: Hashable, Sendable {
    package var hardwareCode: UInt8  // Hardware_Code, its meaning is the vendor's

    package init(hardwareCode: UInt8) { self.hardwareCode = hardwareCode }

    init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        hardwareCode = try reader.readUInt8()
    }

    package var packet: HCIEventPacket {
        HCIEventPacket(code: HCIEventCode.hardwareError, parameters: [hardwareCode])
    }
}
