/// HCI_Set_Event_Mask (Vol 4 Part E 7.3.1): which events the controller sends.
package struct HCISetEventMask: HCICommand {
    package static let opcode = HCIOpcode.setEventMask
    package var eventMask: UInt64  // Event_Mask

    package init(eventMask: UInt64) { self.eventMask = eventMask }

    /// What a scanner needs: Hardware Error, LE Meta, and the connection housekeeping events that
    /// some controllers insist on.
    package static let scanning = HCISetEventMask(eventMask: 0x2000_8000_0200_8890)

    package var parameters: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(eventMask, byteCount: 8)
        return bytes
    }
}
