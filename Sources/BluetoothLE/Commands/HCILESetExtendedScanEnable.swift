/// HCI_LE_Set_Extended_Scan_Enable (Vol 4 Part E 7.8.65), without a duration: until disabled.
package struct HCILESetExtendedScanEnable: HCICommand {
    package static let opcode = HCIOpcode.leSetExtendedScanEnable
    package var enable: Bool  // Enable
    package var filterDuplicates: Bool  // Filter_Duplicates

    package init(enable: Bool, filterDuplicates: Bool = false) {
        self.enable = enable
        self.filterDuplicates = filterDuplicates
    }

    /// Duration and Period, which follow, are not read.
    package init(decoding parameters: ArraySlice<UInt8>) throws(MalformedHCI) {
        var reader = LittleEndianReader(parameters)
        enable = try reader.readUInt8() != 0
        filterDuplicates = try reader.readUInt8() != 0
    }

    package var parameters: [UInt8] {
        [enable ? 1 : 0, filterDuplicates ? 1 : 0, 0, 0, 0, 0]  // Duration, Period: none
    }
}
