/// Why bytes from a controller were refused. Closed, so that each reason can be a counter; the raw
/// value is its label.
package enum MalformedHCI: String, Error, Hashable, Sendable, CaseIterable {
    /// The bytes end before the field that was due.
    case truncated
    /// The length byte of the packet and the number of bytes that follow disagree.
    case lengthMismatch = "length_mismatch"
    /// Num_Reports is zero.
    case noReports = "no_reports"
    /// Num_Reports is beyond what the specification allows.
    case tooManyReports = "too_many_reports"
    /// A report claims more data than its PDU can carry.
    case dataTooLong = "data_too_long"
    /// A field holds a value that the specification reserves.
    case reservedValue = "reserved_value"
    /// Bytes are left after the last report of an event.
    case trailingBytes = "trailing_bytes"
}
