/// Why an encrypted packet did not open.
package enum OpenError: Error, Hashable, Sendable {
    /// Another key or another counter sealed it, or it was damaged.
    case tagMismatch
    /// The key has a length that this version does not take.
    case keySize
}

/// Why a packet cannot be made.
package enum SealError: Error, Hashable, Sendable {
    case payloadTooLong(count: Int, limit: Int)
    /// The key has a length that this version does not take.
    case keySize
}
