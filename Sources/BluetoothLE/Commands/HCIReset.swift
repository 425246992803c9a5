/// HCI_Reset (Vol 4 Part E 7.3.2): the controller forgets every setting and stops scanning.
package struct HCIReset: HCICommand {
    package static let opcode = HCIOpcode.reset
    package init() {}
    package var parameters: [UInt8] { [] }
}
