/// What became of one piece of service data. A stranger's packet is an outcome, not an error.
package enum HubbleOutcome: Hashable, Sendable {
    case opened(OpenedPacket)
    case unencrypted(UnencryptedPacket)
    /// No device has this EID in the table's window.
    case noKey(EphemeralID)
    /// These devices have this EID, and the tag is none of theirs: a collision with a stranger, a
    /// damaged packet, or a forged one.
    case tagMismatch([EphemeralIDCandidate])
    case unknownVersion(UInt8)
    case malformed(HubbleServiceDataError)
}

/// A packet that a device key opened.
package struct OpenedPacket: Hashable, Sendable {
    /// Whose it is, and the counter, its source and version 2's exponent: worth keeping with the
    /// device when they were unknown.
    package let candidate: EphemeralIDCandidate
    package let number: Number
    package let payload: [UInt8]
    package let tag: AuthenticationTag

    /// What tells a device's messages of one counter period apart.
    package enum Number: Hashable, Sendable {
        /// Version 0.
        case sequence(SequenceNumber)
        /// Version 2, as a big-endian number.
        case salt(UInt16)

        /// Either as the official clients report it.
        package var rawValue: UInt16 {
            switch self {
            case .sequence(let number): number.rawValue
            case .salt(let salt): salt
            }
        }
    }

    /// Nil without a payload.
    init?(candidate: EphemeralIDCandidate, number: Number, payload: [UInt8]?, tag: AuthenticationTag) {
        guard let payload else { return nil }
        self.candidate = candidate
        self.number = number
        self.payload = payload
        self.tag = tag
    }
}
