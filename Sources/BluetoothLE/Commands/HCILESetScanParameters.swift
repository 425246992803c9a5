/// HCI_LE_Set_Scan_Parameters (Vol 4 Part E 7.8.10): always passive, public own address, any
/// advertiser.
package struct HCILESetScanParameters: HCICommand {
    package static let opcode = HCIOpcode.leSetScanParameters
    package var timing: LEScanTiming

    package init(timing: LEScanTiming) { self.timing = timing }

    package var parameters: [UInt8] {
        var bytes: [UInt8] = [0x00]  // LE_Scan_Type: passive
        bytes.appendLittleEndian(timing.interval)  // LE_Scan_Interval
        bytes.appendLittleEndian(timing.window)  // LE_Scan_Window
        bytes.append(0x00)  // Own_Address_Type: public
        bytes.append(0x00)  // Scanning_Filter_Policy: accept all
        return bytes
    }
}
