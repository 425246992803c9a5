/// How a capture labels its records: the datalink field of its header.
package enum BtsnoopDatalink: UInt32, Hashable, Sendable, CaseIterable {
    /// Each record starts with its H4 indicator; bit 0 of the flags says received, bit 1 command or
    /// event.
    case h4 = 1002
    /// The Linux monitor: flags are adapter << 16 | opcode, and there is no indicator.
    case monitor = 2001
}
