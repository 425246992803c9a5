/// Why a capture was refused.
package enum MalformedBtsnoop: String, Error, Hashable, Sendable, CaseIterable {
    case notBtsnoop = "not_btsnoop"
    case unsupportedVersion = "unsupported_version"
    case unsupportedDatalink = "unsupported_datalink"
    /// The file ends inside a record.
    case truncated
    /// A record claims to be longer than any packet.
    case recordTooLong = "record_too_long"
    /// An H4 record without, or with an unknown, indicator.
    case missingIndicator = "missing_indicator"
}
