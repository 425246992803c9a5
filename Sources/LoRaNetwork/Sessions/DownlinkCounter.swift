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

    /// The value to use. Nil when all below `ceiling` are used up. `mustPersist`: the session has to be
    /// on the disk before the frame is on the air.
    mutating func take(below ceiling: UInt32 = .max) -> (value: UInt32, mustPersist: Bool)? {
        guard next < ceiling else { return nil }
        let mustPersist = next == reserved
        if mustPersist {
            let end = next.addingReportingOverflow(Self.block)
            reserved = end.overflow ? ceiling : min(end.partialValue, ceiling)
        }
        defer { next += 1 }
        return (next, mustPersist)
    }

    /// Leaves out what others may have used.
    mutating func skip(to first: UInt32) {
        guard reserved < first else { return }
        self = DownlinkCounter(reserved: first)
    }
}
