/// Protocol version 2: AES-128-EAX under the device key itself.
///
///     byte  0        1...2  3...10  11...       last 4
///           version  salt   EID     ciphertext  tag
///
/// The version takes the top six bits of its byte; the two below are ignored and sent as zero.
/// The EID is sent least significant byte first, salt and tag in the order of the nonce and of
/// the cipher's output.
package struct EAXPacket: Hashable, Sendable {
    package static let version: UInt8 = 2
    package static let payloadLimit = 9
    static let headerCount = 11
    static let tagCount = 4

    /// Chosen at random by the device for each message.
    package let salt: UInt16
    package let eid: EphemeralID
    /// 0...9 bytes.
    package let ciphertext: [UInt8]
    package let tag: AuthenticationTag

    /// `ciphertext` has at most `payloadLimit` bytes: the callers have checked it.
    init(salt: UInt16, eid: EphemeralID, ciphertext: [UInt8], tag: AuthenticationTag) {
        self.salt = salt
        self.eid = eid
        self.ciphertext = ciphertext
        self.tag = tag
    }

    init(_ bytes: [UInt8]) throws(HubbleServiceDataError) {
        let fixedCount = Self.headerCount + Self.tagCount
        try HubbleServiceDataError.check(
            bytes.count, in: fixedCount...fixedCount + Self.payloadLimit, version: Self.version)
        salt = UInt16(bigEndianBytes: bytes[1..<3])
        eid = EphemeralID(eax: UInt64(bigEndianBytes: bytes[3..<11]).byteSwapped)
        ciphertext = Array(bytes[Self.headerCount..<bytes.count - Self.tagCount])
        tag = AuthenticationTag(rawValue: UInt32(bigEndianBytes: bytes[(bytes.count - Self.tagCount)...]))
    }

    /// The service data, without its UUID.
    package var bytes: [UInt8] {
        [Self.version << 2] + salt.bigEndianBytes + eid.rawValue.byteSwapped.bigEndianBytes + ciphertext
            + tag.rawValue.bigEndianBytes
    }
}
