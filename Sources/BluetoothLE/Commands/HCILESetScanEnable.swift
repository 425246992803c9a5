/// HCI_LE_Set_Scan_Enable (Vol 4 Part E 7.8.11).
package struct HCILESetScanEnable: HCICommand {
    package static let opcode = HCIOpcode.leSetScanEnable
    package var enable: Bool  // LE_Scan_Enable
    package var filterDuplicates: Bool  // Filter_Duplicates

    package init(enable: Bool, filterDuplicates: Bool = false) {
        self.enable = enable
        self.filterDuplicates = filterDuplicates
    }

    package init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        enable = try reader.readUInt8() != 0
        filterDuplicates = try reader.readUInt8() != 0
    }

    package var parameters: [UInt8] { [enable ? 1 : 0, filterDuplicates ? 1 : 0] }
}
