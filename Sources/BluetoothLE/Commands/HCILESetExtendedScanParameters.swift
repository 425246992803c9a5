/// HCI_LE_Set_Extended_Scan_Parameters (Vol 4 Part E 7.8.64): always passive, public own address,
/// any advertiser, the 1M PHY. Legacy advertising exists on no other PHY.
package struct HCILESetExtendedScanParameters: HCICommand {
    package static let opcode = HCIOpcode.leSetExtendedScanParameters
    package var timing: LEScanTiming

    package init(timing: LEScanTiming) { self.timing = timing }

    package var parameters: [UInt8] {
        var bytes: [UInt8] = [0x00]  // Own_Address_Type: public
        bytes.append(0x00)  // Scanning_Filter_Policy: accept all
        bytes.append(0x01)  // Scanning_PHYs: LE 1M
        bytes.append(0x00)  // Scan_Type[0]: passive
        bytes.appendLittleEndian(timing.interval)  // Scan_Interval[0]
        bytes.appendLittleEndian(timing.window)  // Scan_Window[0]
        return bytes
    }
}
