/// The event codes and LE subevent codes that are decoded here (Vol 4 Part E 7.7).
enum HCIEventCode {
    static let commandComplete: UInt8 = 0x0E
    static let commandStatus: UInt8 = 0x0F
    static let hardwareError: UInt8 = 0x10
    static let leMeta: UInt8 = 0x3E
    /// Made by Linux, never by a controller: `EVT_STACK_INTERNAL` of <bluetooth/hci.h>.
    static let stackInternal: UInt8 = 0xFD

    static let leAdvertisingReport: UInt8 = 0x02
    static let leExtendedAdvertisingReport: UInt8 = 0x0D
}
