/// A downlink frame counter of which no value is ever used twice, also after a crash.
///
/// Values are reserved in blocks: what is stored is the end of the block, and after a restart the
/// count goes on from there. So only one downlink in `block` has to wait for the disk.
package struct DownlinkCounter: Equatable, Sendable {
    package private(set) var next: UInt32
    /// The first value that is not reserved.
    package private(set) var reserved: UInt32

    package static let block: UInt32 = 16

    /// Goes on after all values that were ever reserved.
    package init(reserved: UInt32 = 0) {
        next = reserved
        self.reserved = reserved
    }

    /// The value to use. Nil when all 32 bits are used up. `mustPersist`: the session has to be on
    /// the disk before the frame is on the air.
    mutating func take() -> (value: UInt32, mustPersist: Bool)? {
        guard next < .max else { return nil }
        let mustPersist = next == reserved
        if mustPersist {
            reserved = next.addingReportingOverflow(Self.block).overflow ? .max : next + Self.block
        }
        defer { next += 1 }
        return (next, mustPersist)
    }
}
