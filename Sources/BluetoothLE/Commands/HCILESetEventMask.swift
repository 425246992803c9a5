/// HCI_LE_Set_Event_Mask (Vol 4 Part E 7.8.1): which LE Meta subevents the controller sends.
package struct HCILESetEventMask: HCICommand {
    package static let opcode = HCIOpcode.leSetEventMask
    package var eventMask: UInt64  // LE_Event_Mask

    package init(eventMask: UInt64) { self.eventMask = eventMask }

    /// The mask after a reset (0x1F) and LE Extended Advertising Report (bit 12).
    package static let scanning = HCILESetEventMask(eventMask: 0x101F)

    package var parameters: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(eventMask, byteCount: 8)
        return bytes
    }
}
