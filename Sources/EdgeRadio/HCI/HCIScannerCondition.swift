package import BluetoothLE

/// What a scanner is doing, for the log and for a status page.
package enum HCIScannerCondition: Hashable, Sendable {
    case starting
    /// The connection is open and the scan is being set.
    case configuring
    case scanning
    /// Another program's scan is in force; what it brings is taken, and it is replaced in the end.
    case sharingOthersScan
    /// The connection has ended, or the adapter was switched off; it is opened again soon.
    case interrupted
    case unreachable(HCIOpenFailure)
    /// The controller refused a command, or did not answer it (status nil).
    case refused(HCIOpcode, HCIStatus?)
}
