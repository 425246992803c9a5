/// Protocol version 0: AES-CTR under keys that change with the time counter.
///
///     byte  0      1        2...5   6...9   10...22
///           version sequence EID     tag     ciphertext
///           6 bits  10 bits
///
/// Sequence number, EID and tag are sent most significant byte first.
package struct CounterModePacket: Hashable, Sendable {
    package static let version: UInt8 = 0
    package static let payloadLimit = 13
    static let headerCount = 10

    package let sequenceNumber: SequenceNumber
    package let eid: EphemeralID
    package let tag: AuthenticationTag
    /// 0...13 bytes.
    package let ciphertext: [UInt8]

    /// `ciphertext` has at most `payloadLimit` bytes: the callers have checked it.
    init(
        sequenceNumber: SequenceNumber, eid: EphemeralID, tag: AuthenticationTag, ciphertext: [UInt8]
    ) {
        self.sequenceNumber = sequenceNumber
        self.eid = eid
        self.tag = tag
        self.ciphertext = ciphertext
    }

    init(_ bytes: [UInt8]) throws(HubbleServiceDataError) {
        try HubbleServiceDataError.check(
            bytes.count, in: Self.headerCount...Self.headerCount + Self.payloadLimit,
            version: Self.version)
        sequenceNumber = SequenceNumber(truncating: UInt16(bigEndianBytes: bytes[0..<2]))
        eid = EphemeralID(counterMode: UInt32(bigEndianBytes: bytes[2..<6]))
        tag = AuthenticationTag(rawValue: UInt32(bigEndianBytes: bytes[6..<10]))
        ciphertext = Array(bytes[Self.headerCount...])
    }

    /// The service data, without its UUID.
    package var bytes: [UInt8] {
        (UInt16(Self.version) << 10 | sequenceNumber.rawValue).bigEndianBytes
            + UInt32(truncatingIfNeeded: eid.rawValue).bigEndianBytes + tag.rawValue.bigEndianBytes
            + ciphertext
    }
}
