/// The numbers of the btsnoop format; they are big endian in the file.
enum Btsnoop {
    static let identification: [UInt8] = Array("btsnoop".utf8) + [0]
    static let version: UInt32 = 1
    static let headerByteCount = 16
    static let recordHeaderByteCount = 24
    static let maximumRecordByteCount = 65_536
    /// Microseconds from midnight of 1 January in year 0 to 1970: what timestamps count from.
    static let unixEpoch: Int64 = 0x00DC_DDB3_0F2F_8000
    static let monitorCommand: UInt16 = 2
    static let monitorEvent: UInt16 = 3
}
